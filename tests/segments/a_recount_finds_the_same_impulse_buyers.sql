{{ config(tags=['heavy']) }}

-- A session in which something was bought after few product pages, or beside them.
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
        product_pages as evidence
    from sessions
    where
        purchases > 0
        and product_pages <= {{ setting('impulse_max_product_pages') }}
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('impulse_buyers')) }}
