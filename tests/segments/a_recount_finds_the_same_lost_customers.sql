{{ config(tags=['heavy']) }}

-- Inactive contacts who were sent a message since, the first of those long ago, and did nothing
-- at or after it.
with

buyers as (
    {{ recounted_buyers() | indent }}
),

messages as (
    {{ recounted_messages() | indent }}
),

inactive as (
    select
        person_id,
        {{ add_days('last_purchased_on', 'inactive_days') }} as inactive_from
    from buyers
    where
        purchases >= 2
        and days_since_purchase >= inactive_days
),

called as (
    select
        inactive.person_id,
        min(messages.occurred_at) as called_at,
        min(messages.occurred_on) as called_on
    from inactive
    inner join messages
        on
            inactive.person_id = messages.person_id
            and inactive.inactive_from <= messages.occurred_on
    where messages.event_type = 'sent'
    group by inactive.person_id
),

answers as (
    select
        person_id,
        occurred_at as answered_at
    from messages
    where event_type in ('opened', 'clicked')
    union all
    select
        person_id,
        started_at as answered_at
    from {{ ref('sessions') }}
    union all
    select
        person_id,
        ordered_at as answered_at
    from {{ ref('orders') }}
    where is_valid
),

recounted as (
    select
        called.person_id,
        '' as segment_value,
        cast(
            {{ days_between('called.called_on', 'as_of.as_of_on') }} as decimal(18, 4)
        ) as evidence,
        called.called_at as evidence_at,
        cast(null as date) as expires_on
    from called
    cross join {{ ref('as_of') }} as as_of
    where
        {{ days_between('called.called_on', 'as_of.as_of_on') }}
        >= {{ setting('lost_after_days') }}
        and not exists (
            select answers.answered_at
            from answers
            where
                answers.person_id = called.person_id
                and answers.answered_at >= called.called_at
        )
)

{{ members_that_differ(ref('lost_customers')) }}
