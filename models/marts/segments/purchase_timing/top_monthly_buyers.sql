select
    person_id,
    '' as segment_value,
    cast(orders_30_days as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    {{ leaves_days('top_monthly_buyers_order_on', 30) }} as expires_on
from {{ ref('int_person_orders') }}
where orders_30_days >= {{ setting('top_monthly_buyers_min_orders') }}
