select
    person_id,
    '' as segment_value,
    cast(0 as decimal(18, 4)) as evidence,
    created_at as evidence_at,
    stage_until as expires_on
from {{ ref('int_person_features') }}
where stage = 'prospects'
