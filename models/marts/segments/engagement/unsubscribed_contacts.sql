select
    person_id,
    '' as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    greatest(
        case when email_status = 'opted_out' then email_status_changed_at end,
        last_email_complained_at,
        last_email_hard_bounced_at
    ) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }}
where
    email_status = 'opted_out'
    or last_email_complained_at is not null
    or last_email_hard_bounced_at is not null
