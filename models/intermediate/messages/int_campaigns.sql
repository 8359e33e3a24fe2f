{{ config(materialized='view') }}

select
    campaign_id,
    campaign_name,
    channel,
    segment,
    scenario
from {{ ref('stg_crm__campaigns') }}
