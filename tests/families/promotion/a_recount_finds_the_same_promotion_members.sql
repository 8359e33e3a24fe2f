{{ config(tags=['proof']) }}

-- Orders with a coupon or a discount.
with

thresholds as (
    {% for segment, percent in {
        'discount_10_buyers': setting('discount_10_min_percent'),
        'discount_15_buyers': setting('discount_15_min_percent'),
        'discount_20_buyers': setting('discount_20_min_percent'),
    }.items() -%}
    select
        '{{ segment }}' as segment,
        {{ millionths(percent) }} as needed
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

coupons as (
    select
        'coupon_lovers' as segment,
        person_id,
        '' as segment_value,
        ordered_at as happened_at,
        leaves_30_days_on as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_orders') }}
    where
        coupon_code is not null
        and leaves_30_days_on is not null
),

-- on the order or on one of its lines, in the smallest unit of a quantity times a price
reductions as (
    select
        order_id,
        {{ in_units('discount_amount', 1000000000) }} as reduced,
        {{ in_units('subtotal_amount', 1000000000) }} as full_price
    from {{ ref('stg_shop__orders') }}
    union all
    select
        order_id,
        {{ in_units('discount_amount', 1000000000) }} as reduced,
        {{ in_units('quantity * unit_price', 1000000000) }} as full_price
    from {{ ref('stg_shop__order_lines') }}
),

discounts as (
    select
        thresholds.segment,
        orders.person_id,
        '' as segment_value,
        orders.ordered_at as happened_at,
        orders.leaves_12_months_on as leaves_on,
        {{ recounted_ratio('100 * reductions.reduced', 'reductions.full_price') }} as evidence
    from {{ ref('proof_orders') }} as orders
    inner join reductions
        on
            orders.order_id = reductions.order_id
            and reductions.full_price > 0
    inner join thresholds
        on reductions.reduced * 100 * 1000000 >= reductions.full_price * thresholds.needed
    where orders.leaves_12_months_on is not null
),

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

buyers as (
    select
        orders.person_id,
        max(orders.ordered_at) as last_ordered_at,
        {{ wide('count(*)') }} as orders,
        {{ wide('count(promoted.order_id)') }} as promoted
    from {{ ref('proof_orders') }} as orders
    left join promoted on orders.order_id = promoted.order_id
    where orders.person_id is not null
    group by orders.person_id
),

recounted as (
    {{ recounted_members('coupons') }}
    union all
    {{ recounted_newest('discounts') }}
    union all
    select
        'promotion_dependent_buyers' as segment,
        person_id,
        '' as segment_value,
        {{ recounted_ratio('100 * promoted', 'orders') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from buyers
    where
        orders >= {{ setting('promotion_min_orders') }}
        and promoted * 1000000 >= orders * {{ millionths(setting('promotion_share')) }}
)

{{ members_that_differ(ref('promotion_memberships')) }}
