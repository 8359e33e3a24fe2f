select
    sign_ups.person_id,
    '' as segment_value,
    cast(case when sign_ups.account_created_at is not null then 1 else 0 end as decimal(18, 4))
        as evidence,
    {{ time_or_created_at("greatest(
        sign_ups.account_created_at,
        case when sign_ups.email_status = 'opted_in' then sign_ups.email_status_changed_at end
    )") }} as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }} as sign_ups
inner join {{ ref('int_people') }} as people on sign_ups.person_id = people.person_id
where
    sign_ups.account_created_at is not null
    or sign_ups.email_status = 'opted_in'
