select
    person_id,
    '' as segment_value,
    big_order_value_amount as evidence,
    big_order_at as evidence_at,
    {{ leaves_days('big_order_on', 30) }} as expires_on
from {{ ref('int_person_baskets') }}
where big_order_value_amount is not null
