select
    person_id,
    '' as segment_value,
    cast(days_since_active as decimal(18, 4)) as evidence,
    last_active_at as evidence_at,
    {{ leaves_days('last_active_on', setting('active_days')) }} as expires_on
from {{ ref('int_person_activity') }}
where days_since_active < {{ setting('active_days') }}
