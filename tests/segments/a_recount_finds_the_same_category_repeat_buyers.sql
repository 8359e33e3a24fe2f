-- Enough units of a category in the last 12 months, until too few of them are left.
with

counted as (
    {{ recounted_orders(12, 'months') | indent }}
),

units as (
    select
        counted.person_id,
        products.category as segment_value,
        counted.ordered_at,
        counted.leaves_on,
        order_lines.quantity as counts
    from counted
    inner join {{ ref('stg_shop__order_lines') }} as order_lines
        on
            counted.order_id = order_lines.order_id
            and order_lines.quantity > 0
    inner join {{ ref('stg_shop__products') }} as products
        on
            order_lines.product_id = products.product_id
            and products.category is not null
),

recounted as (
    {{ recounted_members('units', setting('category_repeat_min_units')) | indent }}
)

{{ members_that_differ(ref('category_repeat_buyers')) }}
