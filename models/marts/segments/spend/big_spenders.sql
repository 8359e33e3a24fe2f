select
    orders.person_id,
    '' as segment_value,
    {{ last_known_value(
        'orders.order_value_amount', ['orders.ordered_at', 'orders.order_value_amount']
    ) }} as evidence,
    max(orders.ordered_at) as evidence_at,
    {{ leaves_days('max(orders.ordered_on)', 30) }} as expires_on
from {{ ref('int_orders_last_30_days') }} as orders
cross join {{ ref('int_shop_orders') }} as shop
where
    {{ wide_amount('orders.order_value_amount') }} * shop.orders_30_days
    > (1 + {{ setting('big_basket_uplift') }}) * shop.order_value_30_days_amount
group by orders.person_id
