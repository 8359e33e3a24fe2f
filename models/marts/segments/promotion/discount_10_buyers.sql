select
    person_id,
    '' as segment_value,
    discount_10_percent as evidence,
    discount_10_order_at as evidence_at,
    {{ leaves_months('discount_10_order_on', 12) }} as expires_on
from {{ ref('int_person_promotions') }}
where discount_10_percent is not null
