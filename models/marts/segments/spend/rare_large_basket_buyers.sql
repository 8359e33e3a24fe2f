select
    orders.person_id,
    '' as segment_value,
    orders.order_value_amount as evidence,
    orders.ordered_at as evidence_at,
    {{ leaves_days('orders.ordered_on', 30) }} as expires_on
from {{ ref('int_orders_last_30_days') }} as orders
cross join {{ ref('int_shop_orders') }} as shop
where
    orders.orders_30_days = 1
    and {{ wide_amount('orders.order_value_amount') }} * shop.orders_12_months
    > {{ setting('large_basket_multiple') }} * shop.order_value_12_months_amount
