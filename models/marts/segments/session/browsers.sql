-- A session in the last `session_lookback_days` days.
select {{ newest_session('duration_seconds') }}
from {{ ref('int_recent_sessions') }}
where
    duration_seconds >= {{ setting('browser_min_seconds') }}
    and purchases = 0
group by person_id
