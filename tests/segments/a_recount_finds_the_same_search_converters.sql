{{ config(tags=['heavy']) }}

-- A session with enough searches in which something was bought at or after the first of them.
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
        searches as evidence
    from sessions
    where
        searches >= {{ setting('search_converters_min_searches') }}
        and last_purchased_at >= first_searched_at
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('search_converters')) }}
