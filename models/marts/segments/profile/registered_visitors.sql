select
    person_id,
    '' as segment_value,
    cast(case when account_created_at is not null then 1 else 0 end as decimal(18, 4)) as evidence,
    registered_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }}
where registered_at is not null
