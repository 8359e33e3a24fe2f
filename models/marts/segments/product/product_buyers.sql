select
    person_id,
    product_id as segment_value,
    {{ evidence_of('units') }} as evidence,
    last_ordered_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_products') }}
where units >= 1
