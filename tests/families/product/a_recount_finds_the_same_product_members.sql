{{ config(tags=['proof']) }}

-- Units bought ever, per product, category and collection; units and amounts of a category lately.
with

lines as (
    select
        orders.order_id,
        orders.person_id,
        orders.ordered_at,
        orders.leaves_12_months_on,
        products.product_id,
        products.category,
        products.collection,
        order_lines.quantity,
        order_lines.line_amount
    from {{ ref('proof_orders') }} as orders
    inner join {{ ref('order_lines') }} as order_lines on orders.order_id = order_lines.order_id
    inner join {{ ref('stg_shop__products') }} as products
        on order_lines.product_id = products.product_id
),

counted as (
    {% for segment, what in {
        'product_buyers': 'product_id',
        'category_buyers': 'category',
        'collection_buyers': 'collection',
    }.items() -%}
    select
        '{{ segment }}' as segment,
        person_id,
        {{ what }} as segment_value,
        ordered_at as happened_at,
        cast(null as date) as leaves_on,
        quantity as counts,
        1 as needed
    from lines
    union all
    {% endfor -%}
    select
        'category_repeat_buyers' as segment,
        person_id,
        category as segment_value,
        ordered_at as happened_at,
        leaves_12_months_on as leaves_on,
        quantity as counts,
        {{ setting('category_repeat_min_units') }} as needed
    from lines
    where leaves_12_months_on is not null
),

bought as (
    select *
    from counted
    where
        counts > 0
        and segment_value is not null
),

baskets as (
    select
        order_id,
        person_id,
        category,
        ordered_at,
        leaves_12_months_on,
        sum(line_amount) as amount
    from lines
    where
        leaves_12_months_on is not null
        and category is not null
    group by
        order_id,
        person_id,
        category,
        ordered_at,
        leaves_12_months_on
),

categories as (
    select
        category,
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(amount)', 10000) }} as amount
    from baskets
    group by category
),

-- more in the category than the orders that have it hold on average, and a share of that
large as (
    select
        'category_top_buyers' as segment,
        baskets.person_id,
        baskets.category as segment_value,
        baskets.ordered_at as happened_at,
        baskets.leaves_12_months_on as leaves_on,
        baskets.amount as evidence
    from baskets
    inner join categories on baskets.category = categories.category
    where
        {{ in_units('baskets.amount', 10000) }} * categories.orders * 1000000
        > categories.amount * {{ millionths(1 + setting('big_basket_uplift')) }}
),

recounted as (
    {{ recounted_members('bought') }}
    union all
    {{ recounted_newest('large') }}
)

{{ members_that_differ(ref('product_memberships')) }}
