{{ config(tags=['heavy']) }}

-- A session with few pages, one of them that of a product which was looked at for long.
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
        page_views as evidence
    from sessions
    where
        page_views <= {{ setting('researcher_max_pages') }}
        and longest_product_microseconds
        >= {{ millionths(setting('researcher_min_product_seconds')) }}
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('product_researchers')) }}
