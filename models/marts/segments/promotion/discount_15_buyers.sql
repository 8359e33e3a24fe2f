select
    person_id,
    '' as segment_value,
    discount_15_percent as evidence,
    discount_15_order_at as evidence_at,
    {{ leaves_months('discount_15_order_on', 12) }} as expires_on
from {{ ref('int_person_promotions') }}
where discount_15_percent is not null
