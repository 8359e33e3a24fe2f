{%- set segments = ['discount_10', 'discount_15', 'discount_20'] -%}
with

people as (
    {{ asked_people() | indent }}
),

discounts as (
    select
        order_id,
        discount_amount,
        subtotal_amount as list_amount
    from {{ ref('stg_shop__orders') }}
    where discount_amount > 0
    union all
    select
        order_id,
        discount_amount,
        quantity * unit_price as list_amount
    from {{ ref('stg_shop__order_lines') }}
    where discount_amount > 0
),

deepest_discounts as (
    select
        orders.person_id,
        {%- for segment in segments %}
        bool_or(
            100 * discounts.discount_amount
            >= {{ setting(segment ~ '_min_percent') }} * discounts.list_amount
        ) as reaches_{{ segment }},
        {%- endfor %}
        max({{ rounded_ratio('100 * discounts.discount_amount', 'discounts.list_amount') }})
            as discount_percent
    from {{ ref('orders') }} as orders
    cross join {{ ref('as_of') }} as as_of
    inner join discounts on orders.order_id = discounts.order_id
    where
        orders.is_valid
        and orders.ordered_on >= as_of.last_12_months_from
    group by orders.person_id
),

facts as (
    select
        people.person_id,
        {%- for segment in segments %}
        deepest_discounts.reaches_{{ segment }},
        {%- endfor %}
        coalesce(deepest_discounts.discount_percent, 0) as discount_percent,
        coalesce(promotions.coupon_orders_30_days, 0) as coupon_orders_30_days,
        coalesce(promotions.promoted_orders, 0) as promoted_orders,
        coalesce(orders.orders, 0) as orders
    from people
    left join deepest_discounts on people.person_id = deepest_discounts.person_id
    left join {{ ref('int_person_promotions') }} as promotions
        on people.person_id = promotions.person_id
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
),

judgements as (
    {%- for segment in segments %}
    {{ conditions('facts', [[
        segment ~ '_buyers', 'deepest discount of an order in 12 months, %', 'discount_percent',
        '>=', setting(segment ~ '_min_percent'), 'reaches_' ~ segment,
    ]]) }}
    union all
    {%- endfor %}
    {{ conditions('facts', [
        ['coupon_lovers', 'orders with a coupon in 30 days', 'coupon_orders_30_days', '>=', 1],
        [
            'promotion_dependent_buyers', 'orders', 'orders', '>=',
            setting('promotion_min_orders'),
        ],
        [
            'promotion_dependent_buyers', 'orders with a discount or coupon, %',
            rounded_ratio('100 * promoted_orders', 'nullif(orders, 0)'), '>=',
            100 * setting('promotion_share'),
            'promoted_orders >= ' ~ setting('promotion_share') ~ ' * orders',
        ],
    ]) }}
)

{{ why('judgements') }}
