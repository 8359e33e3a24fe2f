select
    programme,
    cast(objective as integer) as objective,
    segment,
    scenario,
    scenario_fr,
    channel,
    trigger,
    delay,
    cast(priority as integer) as priority,
    cast(is_service_message as boolean) as is_service_message
from {{ ref('campaign_scenarios') }}
