select
    ticket_id,
    customer_id,
    opened_at,
    topic,
    opened_on
from {{ ref('base_crm__support_tickets') }}
where rejection_reason is null
