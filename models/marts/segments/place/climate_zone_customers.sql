select
    person_id,
    climate_zone as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    coalesce(last_order_at, created_at) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_features') }}
where
    is_contact
    and climate_zone is not null
