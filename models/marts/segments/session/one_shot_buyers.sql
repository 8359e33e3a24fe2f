select
    orders.person_id,
    '' as segment_value,
    cast(orders.orders_6_months as decimal(18, 4)) as evidence,
    orders.last_order_at as evidence_at,
    {{ leaves_months('orders.last_order_on', 6) }} as expires_on
from {{ ref('int_person_orders') }} as orders
inner join {{ ref('int_person_web') }} as web on orders.person_id = web.person_id
where
    orders.orders_6_months >= 1
    and web.sessions = 1
