-- An order of the last 12 months with much more in a category than the orders of the window that
-- have the category hold on average.
with

counted as (
    {{ recounted_orders(12, 'months') | indent }}
),

baskets as (
    select
        counted.order_id,
        counted.person_id,
        products.category as segment_value,
        counted.ordered_at,
        counted.leaves_on,
        sum(order_lines.line_amount) as evidence
    from counted
    inner join {{ ref('order_lines') }} as order_lines on counted.order_id = order_lines.order_id
    inner join {{ ref('stg_shop__products') }} as products
        on
            order_lines.product_id = products.product_id
            and products.category is not null
    group by
        counted.order_id,
        counted.person_id,
        products.category,
        counted.ordered_at,
        counted.leaves_on
),

categories as (
    select
        segment_value,
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(evidence)', 10000) }} as amount
    from baskets
    group by segment_value
),

large as (
    select baskets.*
    from baskets
    inner join categories on baskets.segment_value = categories.segment_value
    where
        baskets.person_id is not null
        and {{ in_units('baskets.evidence', 10000) }} * categories.orders * 1000000
        > categories.amount * {{ millionths(1 + setting('big_basket_uplift')) }}
),

recounted as (
    {{ recounted_newest('large') | indent }}
)

{{ members_that_differ(ref('category_top_buyers')) }}
