-- A session in the last `session_lookback_days` days.
select {{ newest_session('page_views') }}
from {{ ref('int_recent_sessions') }}
where
    page_views <= {{ setting('researcher_max_pages') }}
    and longest_product_view_seconds >= {{ setting('researcher_min_product_seconds') }}
group by person_id
