-- A session in the last `session_lookback_days` days.
select {{ newest_session('minutes_to_purchase') }}
from {{ ref('int_recent_sessions') }}
where
    {{ microseconds_between('started_at', 'first_purchased_at') }}
    <= {{ setting('fast_decider_max_minutes') }} * cast(60000000 as bigint)
group by person_id
