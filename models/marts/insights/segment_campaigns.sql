select
    segment,
    scenario,
    scenario_fr,
    programme,
    objective,
    channel,
    trigger,
    delay,
    priority,
    is_service_message
from {{ ref('int_campaign_scenarios') }}
