select
    person_id,
    '' as segment_value,
    cast(unanswered_days as decimal(18, 4)) as evidence,
    unanswered_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_activity') }}
where unanswered_days >= {{ setting('lost_after_days') }}
