select
    person_id,
    '' as segment_value,
    cast(days_since_last_order as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    stage_until as expires_on
from {{ ref('int_person_features') }}
where stage = 'inactive_customers'
