select
    person_id,
    place as segment_value,
    cast(orders as decimal(18, 4)) as evidence,
    last_ordered_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_places') }}
where place_kind = 'city'
