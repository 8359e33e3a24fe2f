select
    person_id,
    product_id as segment_value,
    units as evidence,
    last_ordered_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_products') }}
where units >= 1
