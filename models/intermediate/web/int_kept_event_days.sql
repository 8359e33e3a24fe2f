{{ config(materialized='view') }}

-- A day of which int_web_events keeps nothing would look as if it had never been built.
select
    occurred_on,
    events,
    day_stamp
from {{ ref('int_event_days') }}
where kept_events > 0
