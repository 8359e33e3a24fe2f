select
    consent_id,
    customer_id,
    email,
    channel,
    known_status as status,
    changed_at,
    source,
    email_key,
    changed_on
from {{ ref('base_crm__consents') }}
where rejection_reason is null
