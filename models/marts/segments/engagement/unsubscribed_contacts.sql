select
    sign_ups.person_id,
    '' as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    {{ time_or_created_at("greatest(
        case when sign_ups.email_status = 'opted_out' then sign_ups.email_status_changed_at end,
        sign_ups.last_email_complained_at,
        sign_ups.last_email_hard_bounced_at
    )") }} as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }} as sign_ups
inner join {{ ref('int_people') }} as people on sign_ups.person_id = people.person_id
where
    sign_ups.email_status = 'opted_out'
    or sign_ups.last_email_complained_at is not null
    or sign_ups.last_email_hard_bounced_at is not null
