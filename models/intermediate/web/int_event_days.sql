{{ config(materialized='view') }}

select
    occurred_on,
    count(*) as events,
    count(*) filter (where event_name in ({{ sql_texts(events_kept_forever()) }})) as kept_events,
    -- another one whenever a row of the day came, changed or went
    cast(max(load_number) as {{ dbt.type_string() }}) || ':'
    || cast(count(*) as {{ dbt.type_string() }}) as day_stamp
from {{ ref('stg_web__events') }}
group by occurred_on
