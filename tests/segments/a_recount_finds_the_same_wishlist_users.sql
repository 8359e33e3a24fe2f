{{ config(tags=['heavy']) }}

-- A session in which something was added to the favourites, known product or not.
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
        favorites as evidence
    from sessions
    where
        favorites >= 1
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('wishlist_users')) }}
