-- What is refunded stays so; tickets leave the window.
with

judged as (
    select
        *,
        orders >= {{ setting('costly_min_orders') }}
        and order_value_amount > 0
        and refund_amount > {{ setting('costly_refund_share') }} * order_value_amount
            as is_costly_by_refunds,
        tickets_12_months >= {{ setting('costly_min_tickets') }} as is_costly_by_tickets
    from {{ ref('int_person_service') }}
)

select
    person_id,
    '' as segment_value,
    refunded_percent as evidence,
    case
        when is_costly_by_refunds and is_costly_by_tickets
            then greatest(last_order_at, last_ticket_at)
        when is_costly_by_refunds then last_order_at
        when is_costly_by_tickets then last_ticket_at
    end as evidence_at,
    case
        when not is_costly_by_refunds then {{ leaves_months('costly_ticket_on', 12) }}
    end as expires_on
from judged
where
    is_costly_by_refunds
    or is_costly_by_tickets
