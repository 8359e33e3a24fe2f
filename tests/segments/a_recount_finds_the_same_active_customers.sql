{{ config(tags=['heavy']) }}

-- The newest order, session or click of a contact, as long as it is recent.
with

days as (
    {{ recounted_days_of(setting('active_days'), 'days') | indent }}
),

messages as (
    {{ recounted_messages() | indent }}
),

acts as (
    select
        person_id,
        ordered_at as acted_at,
        ordered_on as acted_on
    from {{ ref('orders') }}
    where is_valid
    union all
    select
        person_id,
        started_at as acted_at,
        started_on as acted_on
    from {{ ref('sessions') }}
    union all
    select
        person_id,
        occurred_at as acted_at,
        occurred_on as acted_on
    from messages
    where event_type = 'clicked'
),

recent as (
    select
        acts.person_id,
        '' as segment_value,
        acts.acted_at,
        days.leaves_on,
        {{ days_between('acts.acted_on', 'as_of.as_of_on') }} as evidence
    from acts
    cross join {{ ref('as_of') }} as as_of
    inner join days on acts.acted_on = days.counted_on
    inner join {{ ref('people') }} as people
        on
            acts.person_id = people.person_id
            and people.is_contact
),

recounted as (
    {{ recounted_newest('recent', at='acted_at') | indent }}
)

{{ members_that_differ(ref('active_customers')) }}
