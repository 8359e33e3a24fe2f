select
    person_id,
    category as segment_value,
    big_order_amount as evidence,
    big_order_at as evidence_at,
    {{ leaves_months('big_order_on', 12) }} as expires_on
from {{ ref('int_person_categories') }}
where big_order_amount is not null
