select
    person_id,
    '' as segment_value,
    cast(days_to_birthday as decimal(18, 4)) as evidence,
    created_at as evidence_at,
    next_birthday_on as expires_on
from {{ ref('int_person_ages') }}
where days_to_birthday <= {{ setting('birthday_days') }}
