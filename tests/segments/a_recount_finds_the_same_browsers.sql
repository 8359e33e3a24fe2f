{{ config(tags=['heavy']) }}

-- A long session in which nothing was bought, in seconds from the first event to the last.
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
        {{ recounted_ratio(wide('microseconds'), wide(1000000)) }} as evidence
    from sessions
    where
        purchases = 0
        and microseconds >= {{ millionths(setting('browser_min_seconds')) }}
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('browsers')) }}
