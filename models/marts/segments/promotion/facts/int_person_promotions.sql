-- A share of a price is the same in every currency: it is judged in the order's own, before
-- anything is rounded.
{%- set segments = ['discount_10', 'discount_15', 'discount_20'] %}

with

as_of as (
    select *
    from {{ ref('as_of') }}
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

discounted_orders as (
    select
        order_id,
        {%- for segment in segments %}
        bool_or(
            100 * discount_amount >= {{ setting(segment ~ '_min_percent') }} * list_amount
        ) as is_{{ segment }},
        {%- endfor %}
        max({{ rounded_ratio('100 * discount_amount', 'list_amount') }}) as discount_percent
    from discounts
    group by order_id
),

orders as (
    select
        orders.person_id,
        orders.ordered_at,
        orders.ordered_on,
        orders.has_coupon,
        discounted_orders.discount_percent,
        {%- for segment in segments %}
        coalesce(discounted_orders.is_{{ segment }}, false)
        and orders.ordered_on >= as_of.last_12_months_from as is_{{ segment }},
        {%- endfor %}
        orders.has_coupon and orders.ordered_on >= as_of.last_30_days_from as is_recent_coupon
    from {{ ref('int_orders') }} as orders
    cross join as_of
    left join discounted_orders on orders.order_id = discounted_orders.order_id
    where
        orders.is_valid
        and orders.person_id is not null
        and (orders.has_coupon or discounted_orders.order_id is not null)
)

select
    person_id,
    {%- for segment in segments %}
    cast(
        {{ last_known_value(
            'case when is_' ~ segment ~ ' then discount_percent end',
            ['ordered_at', 'discount_percent']
        ) }} as decimal(18, 4)
    ) as {{ segment }}_percent,
    max(ordered_at) filter (where is_{{ segment }}) as {{ segment }}_order_at,
    max(ordered_on) filter (where is_{{ segment }}) as {{ segment }}_order_on,
    {%- endfor %}
    cast(count(*) filter (where is_recent_coupon) as integer) as coupon_orders_30_days,
    max(ordered_at) filter (where is_recent_coupon) as coupon_order_at,
    max(ordered_on) filter (where is_recent_coupon) as coupon_order_on,
    cast(count(*) as integer) as promoted_orders
from orders
group by person_id
