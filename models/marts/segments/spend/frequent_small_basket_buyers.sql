select
    baskets.person_id,
    '' as segment_value,
    baskets.average_order_value_amount as evidence,
    baskets.last_order_at as evidence_at,
    {{ leaves_days('baskets.small_baskets_order_on', 30) }} as expires_on
from {{ ref('int_person_baskets') }} as baskets
cross join {{ ref('int_shop_orders') }} as shop
where
    baskets.orders >= {{ setting('frequent_small_min_orders') }}
    and baskets.order_value_amount * shop.orders_12_months
    < shop.order_value_12_months_amount * baskets.orders
