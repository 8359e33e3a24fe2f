select
    person_id,
    '' as segment_value,
    cast(orders_12_months as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    {{ leaves_months('last_order_on', 12) }} as expires_on
from {{ ref('int_person_orders') }}
where orders_12_months >= 1
