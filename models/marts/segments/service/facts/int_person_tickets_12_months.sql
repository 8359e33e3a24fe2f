-- The support tickets that each contact opened in the last 12 months, newest first.
with

customers as (
    select *
    from {{ ref('int_known_customers') }}
    where person_id is not null
)

select
    customers.person_id,
    cast(
        row_number() over (
            partition by customers.person_id
            order by tickets.opened_at desc, {{ byte_order('tickets.ticket_id') }} desc
        ) as integer
    ) as newest_first,
    tickets.opened_at,
    tickets.opened_on
from {{ ref('stg_crm__support_tickets') }} as tickets
inner join customers on tickets.customer_id = customers.customer_id
cross join {{ ref('as_of') }} as as_of
where
    tickets.opened_on >= as_of.last_12_months_from
    and tickets.opened_on <= as_of.as_of_on
