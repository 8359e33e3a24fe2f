-- Enough orders, most of them with a discount on the order, a discount on a line or a coupon.
with

promoted as (
    select order_id
    from {{ ref('stg_shop__orders') }}
    where
        coupon_code is not null
        or discount_amount > 0
    union
    select order_id
    from {{ ref('stg_shop__order_lines') }}
    where discount_amount > 0
),

counted as (
    select
        orders.person_id,
        max(orders.ordered_at) as last_ordered_at,
        {{ wide('count(*)') }} as orders,
        {{ wide('count(promoted.order_id)') }} as promoted
    from {{ ref('orders') }} as orders
    left join promoted on orders.order_id = promoted.order_id
    where
        orders.is_valid
        and orders.person_id is not null
    group by orders.person_id
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ recounted_ratio('100 * promoted', 'orders') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from counted
    where
        orders >= {{ setting('promotion_min_orders') }}
        and promoted * 1000000 >= orders * {{ millionths(setting('promotion_share')) }}
)

{{ members_that_differ(ref('promotion_dependent_buyers')) }}
