select
    person_id,
    '' as segment_value,
    cast(photo_reviews as decimal(18, 4)) as evidence,
    last_photo_review_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_service') }}
where photo_reviews >= 1
