select
    person_id,
    '' as segment_value,
    discount_20_percent as evidence,
    discount_20_order_at as evidence_at,
    {{ leaves_months('discount_20_order_on', 12) }} as expires_on
from {{ ref('int_person_promotions') }}
where discount_20_percent is not null
