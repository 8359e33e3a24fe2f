{{ config(materialized='view') }}

select
    candidates.person_id,
    candidates.scenario,
    candidates.channel,
    candidates.segment,
    candidates.due_on,
    candidates.due_rank,
    candidates.held_back_by,
    pressure.next_on
from {{ ref('campaign_candidates') }} as candidates
inner join {{ ref('contactability') }} as pressure
    on
        candidates.person_id = pressure.person_id
        and candidates.channel = pressure.channel
where not candidates.is_queued
