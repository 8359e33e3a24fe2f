{%- set uplift = '(1 + ' ~ setting('big_basket_uplift') ~ ')' -%}
with

{{ asked_people() }},

baskets as (
    select
        person_id,
        max(order_value_amount) as largest_amount,
        max(order_value_30_days_amount) as value_amount
    from {{ ref('int_orders_last_30_days') }}
    group by person_id
),

facts as (
    select
        people.person_id,
        coalesce(orders.orders_30_days, 0) as orders_30_days,
        orders.net_revenue_amount,
        orders.days_since_last_order,
        rfm.monetary_rank,
        {{ ceiling_of_ratio(setting('pareto_share') ~ ' * rfm.buyers', 1) }} as last_rank,
        baskets.largest_amount,
        baskets.value_amount as value_30_days_amount,
        {{ rounded_ratio('baskets.value_amount', 'nullif(orders.orders_30_days, 0)') }}
            as average_30_days_amount,
        shop.orders_30_days as shop_orders_30_days,
        shop.order_value_30_days_amount as shop_value_30_days_amount,
        shop.orders_12_months as shop_orders_12_months,
        shop.order_value_12_months_amount as shop_value_12_months_amount,
        {{ rounded_ratio(
            uplift ~ ' * shop.order_value_30_days_amount', 'nullif(shop.orders_30_days, 0)'
        ) }} as big_amount,
        {{ rounded_ratio(
            'shop.order_value_12_months_amount', 'nullif(shop.orders_12_months, 0)'
        ) }} as average_amount,
        {{ rounded_ratio(
            setting('large_basket_multiple') ~ ' * shop.order_value_12_months_amount',
            'nullif(shop.orders_12_months, 0)'
        ) }} as large_amount
    from people
    cross join {{ ref('int_shop_orders') }} as shop
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
    left join {{ ref('int_person_rfm') }} as rfm on people.person_id = rfm.person_id
    left join baskets on people.person_id = baskets.person_id
)

{{ why() }}
