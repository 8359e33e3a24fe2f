-- Views in the last `recent_view_days` days.
select
    person_id,
    product_id as segment_value,
    cast(view_rank as decimal(18, 4)) as evidence,
    viewed_at as evidence_at,
    {{ leaves_days('viewed_on', setting('recent_view_days')) }} as expires_on
from {{ ref('int_person_recent_views') }}
where
    view_rank <= {{ setting('recent_view_products') }}
    and (viewed_at > last_ordered_at or last_ordered_at is null)
