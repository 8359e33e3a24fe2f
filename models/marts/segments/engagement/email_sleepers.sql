select
    person_id,
    '' as segment_value,
    cast(recent_emails as decimal(18, 4)) as evidence,
    last_recent_email_at as evidence_at,
    {{ leaves_days('sleeper_sent_on', setting('email_sleeper_days')) }} as expires_on
from {{ ref('int_person_messages') }}
where
    recent_emails >= {{ setting('email_sleeper_min_messages') }}
    and recent_emails_read = 0
