-- A session in the last `session_lookback_days` days.
select {{ newest_session('searches') }}
from {{ ref('int_recent_sessions') }}
where
    searches >= {{ setting('search_converters_min_searches') }}
    and last_purchased_at >= first_searched_at
group by person_id
