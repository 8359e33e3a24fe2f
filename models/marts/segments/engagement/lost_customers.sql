select
    person_id,
    '' as segment_value,
    cast(days_since_sent_inactive as decimal(18, 4)) as evidence,
    first_sent_inactive_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_activity') }}
where
    stage = 'inactive_customers'
    and days_since_sent_inactive >= {{ setting('lost_after_days') }}
    and (
        last_response_at < first_sent_inactive_at
        or last_response_at is null
    )
