-- A session in the last `session_lookback_days` days.
select {{ newest_session('favorites_added') }}
from {{ ref('int_recent_sessions') }}
where favorites_added >= 1
group by person_id
