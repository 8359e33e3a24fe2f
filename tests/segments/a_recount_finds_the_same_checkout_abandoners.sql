{{ config(tags=['heavy']) }}

-- Checkouts begun and nothing bought at or after them, until the last of them has left the
-- window.
with

events as (
    {{ recounted_events() | indent }}
),

days as (
    {{ recounted_days_of(setting('cart_days'), 'days') | indent }}
),

bought as (
    {{ recounted_last_acquisitions() | indent }}
),

checkouts as (
    select
        events.person_id,
        '' as segment_value,
        events.occurred_at,
        days.leaves_on,
        1 as counts
    from events
    inner join days on events.occurred_on = days.counted_on
    left join bought on events.person_id = bought.person_id
    where
        events.event_name = 'begin_checkout'
        and events.person_id is not null
        and (bought.last_bought_at is null or bought.last_bought_at < events.occurred_at)
),

recounted as (
    {{ recounted_members('checkouts', 1, at='occurred_at') | indent }}
)

{{ members_that_differ(ref('checkout_abandoners')) }}
