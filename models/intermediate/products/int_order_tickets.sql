-- A ticket names no order: it belongs to the newest order that its contact had paid by then.
with

placed as (
    select
        tickets.ticket_id,
        orders.order_id,
        row_number() over (
            partition by tickets.ticket_id
            order by orders.ordered_at desc, {{ byte_order('orders.order_id') }}
        ) as newest_first
    from {{ ref('stg_crm__support_tickets') }} as tickets
    inner join {{ ref('int_known_customers') }} as customers
        on tickets.customer_id = customers.customer_id
    inner join {{ ref('int_orders') }} as orders
        on
            customers.person_id = orders.person_id
            and tickets.opened_at >= orders.ordered_at
    cross join {{ ref('as_of') }} as as_of
    where
        tickets.opened_on <= as_of.as_of_on
        and orders.status in ({{ sql_texts(setting('valid_order_statuses') + ['refunded']) }})
)

select
    order_id,
    count(*) as tickets
from placed
where newest_first = 1
group by order_id
