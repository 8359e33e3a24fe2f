-- A session in the last `session_lookback_days` days.
select {{ newest_session('recommendation_clicks') }}
from {{ ref('int_recent_sessions') }}
where
    recommendation_clicks >= {{ setting('recommendation_min_clicks') }}
    and purchases >= 1
group by person_id
