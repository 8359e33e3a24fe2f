{%- set segments = ['discount_10', 'discount_15', 'discount_20'] -%}
with

{{ asked_people() }},

deepest_discounts as (
    select
        discounts.person_id,
        {%- for segment in segments %}
        bool_or(
            100 * discounts.discount_amount
            >= {{ setting(segment ~ '_min_percent') }} * discounts.list_amount
        ) as reaches_{{ segment }},
        {%- endfor %}
        max(discounts.discount_percent) as discount_percent
    from {{ ref('int_order_discounts') }} as discounts
    cross join {{ ref('as_of') }} as as_of
    where discounts.ordered_on >= as_of.last_12_months_from
    group by discounts.person_id
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
        {{ rounded_ratio('100 * coalesce(promotions.promoted_orders, 0)', 'orders.orders') }}
            as promoted_percent,
        coalesce(orders.orders, 0) as orders
    from people
    left join deepest_discounts on people.person_id = deepest_discounts.person_id
    left join {{ ref('int_person_promotions') }} as promotions
        on people.person_id = promotions.person_id
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
)

{{ why() }}
