-- A session in the last `session_lookback_days` days.
select {{ counted_sessions() }}
from {{ ref('int_recent_sessions') }}
where
    traffic_source = 'affiliate'
    or traffic_medium = 'affiliate'
group by person_id
