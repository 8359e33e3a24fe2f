select
    person_id,
    '' as segment_value,
    cast(case when account_created_at is not null then 1 else 0 end as decimal(18, 4)) as evidence,
    greatest(
        account_created_at,
        case when email_status = 'opted_in' then email_status_changed_at end
    ) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }}
where
    account_created_at is not null
    or email_status = 'opted_in'
