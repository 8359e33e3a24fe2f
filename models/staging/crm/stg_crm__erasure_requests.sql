select
    request_id,
    customer_id,
    email,
    requested_at,
    email_key
from {{ ref('base_crm__erasure_requests') }}
where rejection_reason is null
