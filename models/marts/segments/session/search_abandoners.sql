-- A session in the last `session_lookback_days` days.
select {{ newest_session('searches') }}
from {{ ref('int_recent_sessions') }}
where
    searches >= {{ setting('search_abandoners_min_searches') }}
    and purchases = 0
group by person_id
