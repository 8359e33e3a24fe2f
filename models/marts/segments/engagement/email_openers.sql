select
    person_id,
    '' as segment_value,
    cast(email_opens_in_email_days as decimal(18, 4)) as evidence,
    last_email_opened_at as evidence_at,
    {{ leaves_days('last_email_opened_on', setting('email_days')) }} as expires_on
from {{ ref('int_person_messages') }}
where email_opens_in_email_days >= 1
