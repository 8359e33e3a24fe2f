select
    person_id,
    '' as segment_value,
    cast(newsletter_sign_ups as decimal(18, 4)) as evidence,
    last_newsletter_sign_up_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }}
where
    newsletter_sign_ups >= 1
    and (
        last_email_opted_out_at < last_newsletter_sign_up_at
        or last_email_opted_out_at is null
    )
    and not is_email_status_unclear
