-- Refunds stay refunded; tickets leave the window: too few are left once the one that makes up the
-- number has left it.
with

judged as (
    select
        service.*,
        service.paid_orders >= {{ setting('costly_min_orders') }}
        and service.paid_order_value_amount > 0
        and service.refund_amount
        > {{ setting('costly_refund_share') }} * service.paid_order_value_amount
            as is_costly_by_refunds,
        service.tickets_12_months >= {{ setting('costly_min_tickets') }} as is_costly_by_tickets,
        ticket.opened_on as costly_ticket_on
    from {{ ref('int_person_service') }} as service
    left join {{ ref('int_person_tickets_12_months') }} as ticket
        on
            service.person_id = ticket.person_id
            and ticket.newest_first = {{ setting('costly_min_tickets') }}
)

select
    person_id,
    '' as segment_value,
    refunded_percent as evidence,
    case
        when is_costly_by_refunds and is_costly_by_tickets
            then greatest(last_paid_order_at, last_ticket_at)
        when is_costly_by_refunds then last_paid_order_at
        when is_costly_by_tickets then last_ticket_at
    end as evidence_at,
    case
        when not is_costly_by_refunds then {{ leaves_months('costly_ticket_on', 12) }}
    end as expires_on
from judged
where
    is_costly_by_refunds
    or is_costly_by_tickets
