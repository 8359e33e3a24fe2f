{{ config(tags=['heavy']) }}

-- A session with enough searches and nothing bought in it.
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
        searches >= {{ setting('search_abandoners_min_searches') }}
        and purchases = 0
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('search_abandoners')) }}
