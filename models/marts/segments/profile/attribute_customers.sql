select
    person_id,
    attribute || '=' || value as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    recorded_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_attributes') }}
