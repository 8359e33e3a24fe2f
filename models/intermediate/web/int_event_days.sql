{{ config(materialized='view') }}

select
    occurred_on,
    count(*) as events,
    -- another one whenever a row of the day came, changed or went
    concat(max(load_number), ':', count(*)) as day_stamp
from {{ ref('stg_web__events') }}
group by occurred_on
