select
    person_id,
    '' as segment_value,
    cast(days_since_last_order as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_orders') }}
where days_since_last_order >= {{ setting('cold_days') }}
