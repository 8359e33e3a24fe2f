{{ config(tags=['heavy']) }}

-- Products left in the cart, until the last add has left the window.
with

left_products as (
    {{ recounted_left_products() | indent }}
),

counted as (
    select
        person_id,
        '' as segment_value,
        added_at,
        leaves_on,
        1 as counts
    from left_products
),

recounted as (
    {{ recounted_members('counted', 1, at='added_at') | indent }}
)

{{ members_that_differ(ref('cart_abandoners')) }}
