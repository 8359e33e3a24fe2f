select
    person_id,
    '' as segment_value,
    cast(orders as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_features') }}
where
    orders >= 1
    and gender = 'male'
