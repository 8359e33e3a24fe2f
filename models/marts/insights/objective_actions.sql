select
    objective,
    segment,
    scenario,
    scenario_fr,
    programme,
    channel,
    trigger,
    delay,
    priority,
    is_service_message
from {{ ref('int_campaign_scenarios') }}
where objective is not null
