select
    ticket_id,
    customer_id,
    email,
    opened_at,
    topic,
    email_key,
    opened_on
from {{ ref('base_crm__support_tickets') }}
where rejection_reason is null
