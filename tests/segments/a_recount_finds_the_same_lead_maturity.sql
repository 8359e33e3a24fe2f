{{ config(tags=['heavy']) }}

-- Contacts without an order by the warmest thing that they did lately.
with

days as (
    {{ recounted_days_of(setting('lead_days'), 'days') | indent }}
),

messages as (
    {{ recounted_messages() | indent }}
),

events as (
    {{ recounted_events() | indent }}
),

acts as (
    select
        events.person_id,
        3 as warmth,
        events.occurred_at as acted_at,
        events.occurred_on as acted_on
    from events
    where events.event_name in ('add_to_cart', 'begin_checkout')
    union all
    select
        person_id,
        2 as warmth,
        started_at as acted_at,
        started_on as acted_on
    from {{ ref('sessions') }}
    union all
    select
        person_id,
        2 as warmth,
        occurred_at as acted_at,
        occurred_on as acted_on
    from messages
    where event_type = 'clicked'
),

leads as (
    select
        people.person_id,
        people.created_at
    from {{ ref('people') }} as people
    where
        people.is_contact
        and not exists (
            select orders.order_id
            from {{ ref('orders') }} as orders
            where
                orders.is_valid
                and orders.person_id = people.person_id
        )
),

warmed as (
    select
        acts.person_id,
        acts.warmth,
        max(acts.acted_at) as acted_at,
        max(days.leaves_on) as leaves_on
    from acts
    inner join days on acts.acted_on = days.counted_on
    group by
        acts.person_id,
        acts.warmth
),

recounted as (
    select
        leads.person_id,
        case
            when hot.person_id is not null then 'hot'
            when engaged.person_id is not null then 'engaged'
            else 'known'
        end as segment_value,
        cast(coalesce(hot.warmth, engaged.warmth, 1) as decimal(18, 4)) as evidence,
        coalesce(hot.acted_at, engaged.acted_at, leads.created_at) as evidence_at,
        coalesce(hot.leaves_on, engaged.leaves_on) as expires_on
    from leads
    left join warmed as hot
        on
            leads.person_id = hot.person_id
            and hot.warmth = 3
    left join warmed as engaged
        on
            leads.person_id = engaged.person_id
            and engaged.warmth = 2
)

{{ members_that_differ(ref('lead_maturity')) }}
