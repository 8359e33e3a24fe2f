{{ config(materialized='view') }}

select
    external_id,
    erased_at as updated_at
from {{ ref('contact_sync_states') }}
where erased_at is not null
