select
    person_id,
    acquisition_source as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    created_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_features') }}
where
    is_contact
    and acquisition_source is not null
