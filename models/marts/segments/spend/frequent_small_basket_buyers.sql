-- It ends on the first day that leaves too few orders, or too high a mean.
select
    orders.person_id,
    '' as segment_value,
    {{ rounded_ratio('orders.order_value_30_days_amount', 'orders.orders_30_days') }} as evidence,
    max(orders.ordered_at) as evidence_at,
    min({{ leaves_days('orders.ordered_on', 30) }}) filter (
        where
        orders.later_orders < {{ setting('frequent_small_min_orders') }}
        or orders.later_order_value_amount * shop.orders_12_months
        >= shop.order_value_12_months_amount * orders.later_orders
    ) as expires_on
from {{ ref('int_orders_last_30_days') }} as orders
cross join {{ ref('int_shop_orders') }} as shop
where
    orders.orders_30_days >= {{ setting('frequent_small_min_orders') }}
    and orders.order_value_30_days_amount * shop.orders_12_months
    < shop.order_value_12_months_amount * orders.orders_30_days
group by
    orders.person_id,
    orders.orders_30_days,
    orders.order_value_30_days_amount
