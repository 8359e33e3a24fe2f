select
    person_id,
    '' as segment_value,
    cast(1 as decimal(18, 4)) as evidence,
    unsubscribed_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_sign_ups') }}
where unsubscribed_at is not null
