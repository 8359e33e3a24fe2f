{%- set band = band_of('days_since_last_order', setting('recency_band_days')) -%}
with

people as (
    {{ asked_people() | indent }}
),

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

judgements as (
    {{ conditions('facts', [
        ['buyers_last_year', 'orders in 12 months', 'orders_12_months', '>=', 1],
        ['buyers_last_6_months', 'orders in 6 months', 'orders_6_months', '>=', 1],
        ['buyers_last_30_days', 'orders in 30 days', 'orders_30_days', '>=', 1],
        ['multi_buyers_last_year', 'orders in 12 months', 'orders_12_months', '>=', 2],
        ['multi_buyers_last_6_months', 'orders in 6 months', 'orders_6_months', '>=', 2],
        ['multi_buyers_last_30_days', 'orders in 30 days', 'orders_30_days', '>=', 2],
        ['lapsing_buyers', 'orders in 6 months', 'orders_6_months', '>=', 1],
        ['lapsing_buyers', 'orders in 3 months', 'orders_3_months', '<=', 0],
        [
            'loyal_buyers', 'orders in 12 months', 'orders_12_months', '>=',
            setting('loyal_buyers_min_orders'),
        ],
        [
            'frequent_buyers', 'orders in 6 months', 'orders_6_months', '>=',
            setting('frequent_buyers_min_orders'),
        ],
        [
            'top_monthly_buyers', 'orders in 30 days', 'orders_30_days', '>=',
            setting('top_monthly_buyers_min_orders'),
        ],
        [
            'cold_customers', 'days since the last order', 'days_since_last_order', '>=',
            setting('cold_days'),
        ],
        ['lapsed_first_time_buyers', 'purchases', 'purchases', '=', 1],
        [
            'lapsed_first_time_buyers', 'days since the last order', 'days_since_last_order', '>=',
            'lapsed_days',
        ],
    ]) }}
    union all
    {{ conditions(
        'facts', [['recency_bands', 'orders', 'orders', '>=', 1]],
        segment_value="coalesce(" ~ band ~ ", '')"
    ) }}
)

{{ why('judgements') }}
