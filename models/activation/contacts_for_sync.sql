{{ config(materialized='view') }}

select
    external_id,
    email,
    phone,
    payload,
    updated_at,
    is_removed
from {{ ref('contact_sync_states') }}
where updated_at is not null
