{{ config(materialized='view') }}

select
    person_id,
    scenario,
    channel,
    scenario_fr,
    programme,
    segment,
    set_off_by,
    trigger_on,
    due_on,
    send_on,
    due_rank,
    is_service_message
from {{ ref('campaign_candidates') }}
where is_queued
