select
    person_id,
    attribute || '=' || value as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    max(recorded_at) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_attributes') }}
-- "a=b" with c and a with "b=c" read the same
group by
    person_id,
    attribute || '=' || value
