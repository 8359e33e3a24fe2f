-- An order of the last 30 days worth much more than the mean order of those days.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

shop as (
    select
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(order_value_amount)', 10000) }} as amount
    from counted
),

large as (
    select
        counted.person_id,
        counted.segment_value,
        counted.ordered_at,
        counted.leaves_on,
        counted.order_value_amount as evidence
    from counted
    cross join shop
    where
        counted.person_id is not null
        and {{ in_units('counted.order_value_amount', 10000) }} * shop.orders * 1000000
        > shop.amount * {{ millionths(1 + setting('big_basket_uplift')) }}
),

recounted as (
    {{ recounted_newest('large') | indent }}
)

{{ members_that_differ(ref('big_spenders')) }}
