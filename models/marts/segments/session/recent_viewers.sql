select
    person_id,
    product_id as segment_value,
    cast(view_rank as decimal(18, 4)) as evidence,
    viewed_at as evidence_at,
    {{ leaves_days('viewed_on', setting('recent_view_days')) }} as expires_on
from {{ ref('int_person_views') }}
where not is_bought_since
