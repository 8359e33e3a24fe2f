-- A session in the last `session_lookback_days` days.
select {{ counted_sessions('device_type') }}
from {{ ref('int_recent_sessions') }}
where device_type is not null
group by
    person_id,
    device_type
