-- A session in the last `session_lookback_days` days.
select {{ newest_session('product_page_views') }}
from {{ ref('int_recent_sessions') }}
where
    purchases >= 1
    and product_page_views <= {{ setting('impulse_max_product_pages') }}
group by person_id
