{{ config(tags=['heavy']) }}

-- A session in which the first purchase came soon after the first event, in minutes.
with

sessions as (
    {{ recounted_sessions() | indent }}
),

qualifying as (
    select
        person_id,
        '' as segment_value,
        started_at,
        leaves_on,
        {{ recounted_ratio(
            wide(microseconds_between('started_at', 'first_purchased_at')), wide(60 * 1000000)
        ) }} as evidence
    from sessions
    where
        {{ microseconds_between('started_at', 'first_purchased_at') }}
        <= 60 * {{ wide(millionths(setting('fast_decider_max_minutes'))) }}
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('fast_deciders')) }}
