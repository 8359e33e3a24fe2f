with

discounted_orders as (
    select distinct order_id
    from {{ ref('int_order_discounts') }}
)

select
    orders.person_id,
    cast(count(*) as integer) as promoted_orders,
    cast(
        count(*) filter (
            where orders.has_coupon and orders.ordered_on >= as_of.last_30_days_from
        ) as integer
    ) as coupon_orders_30_days,
    max(orders.ordered_at) filter (where orders.has_coupon) as last_coupon_order_at,
    max(orders.ordered_on) filter (where orders.has_coupon) as last_coupon_order_on
from {{ ref('int_orders') }} as orders
cross join {{ ref('as_of') }} as as_of
left join discounted_orders on orders.order_id = discounted_orders.order_id
where
    orders.is_valid
    and orders.person_id is not null
    and (orders.has_coupon or discounted_orders.order_id is not null)
group by orders.person_id
