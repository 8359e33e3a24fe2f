select
    person_id,
    '' as segment_value,
    cast(orders_6_months as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    {{ leaves_months('frequent_buyers_order_on', 6) }} as expires_on
from {{ ref('int_person_orders') }}
where orders_6_months >= {{ setting('frequent_buyers_min_orders') }}
