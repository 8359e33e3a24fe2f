select
    person_id,
    '' as segment_value,
    cast(purchases_in_loyal_days as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    stage_until as expires_on
from {{ ref('int_person_features') }}
where stage = 'loyal_customers'
