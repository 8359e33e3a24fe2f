select
    campaign_id,
    campaign_name,
    channel,
    segment,
    scenario
from {{ ref('base_crm__campaigns') }}
where rejection_reason is null
