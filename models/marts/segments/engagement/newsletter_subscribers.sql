select
    sign_ups.person_id,
    '' as segment_value,
    cast(sign_ups.newsletter_sign_ups as decimal(18, 4)) as evidence,
    {{ time_or_created_at('sign_ups.last_newsletter_sign_up_at') }} as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }} as sign_ups
inner join {{ ref('int_people') }} as people on sign_ups.person_id = people.person_id
where
    sign_ups.newsletter_sign_ups >= 1
    and (
        sign_ups.last_email_opted_out_at < sign_ups.last_newsletter_sign_up_at
        or sign_ups.last_email_opted_out_at is null
    )
    and not sign_ups.is_email_status_unclear
