with

{{ asked_people() }},

facts as (
    select
        people.person_id,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.purchases, 0) as purchases,
        coalesce(orders.orders_12_months, 0) as orders_12_months,
        coalesce(orders.orders_6_months, 0) as orders_6_months,
        coalesce(orders.orders_3_months, 0) as orders_3_months,
        coalesce(orders.orders_30_days, 0) as orders_30_days,
        orders.days_since_last_order,
        {{ ceiling_of_ratio(
            setting('inactive_multiplier') ~ ' * shop.gap_days', 'nullif(shop.gaps, 0)'
        ) }} as lapsed_days
    from people
    cross join {{ ref('int_shop_intervals') }} as shop
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
),

bands as (
    select
        person_id,
        orders,
        coalesce({{ band_of('days_since_last_order', setting('recency_band_days')) }}, '') as band
    from facts
)

{{ why({
    'facts': {},
    'bands': {'segment_value': 'band'},
}) }}
