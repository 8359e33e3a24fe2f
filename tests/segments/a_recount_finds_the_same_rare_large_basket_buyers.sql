-- The only order of the last 30 days, worth several times the mean order of the last 12 months.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

shop as (
    select
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(order_value_amount)', 10000) }} as amount
    from (
        {{ recounted_orders(12, 'months') | indent(8) }}
    ) as of_the_year
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
    left join counted as other_orders
        on
            counted.person_id = other_orders.person_id
            and counted.order_id <> other_orders.order_id
    where
        counted.person_id is not null
        and other_orders.order_id is null
        and {{ in_units('counted.order_value_amount', 10000) }} * shop.orders * 1000000
        > shop.amount * {{ millionths(setting('large_basket_multiple')) }}
),

recounted as (
    {{ recounted_newest('large') | indent }}
)

{{ members_that_differ(ref('rare_large_basket_buyers')) }}
