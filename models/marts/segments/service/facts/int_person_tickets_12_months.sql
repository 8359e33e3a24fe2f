-- The support tickets that each contact opened in the last 12 months, newest first.
with

owned as (
    select
        tickets.ticket_id,
        tickets.opened_at,
        tickets.opened_on,
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id
    from {{ ref('stg_crm__support_tickets') }} as tickets
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('int_known_customers') }} as customers
        on tickets.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on tickets.email_key = emails.email_key
    where
        tickets.opened_on >= as_of.last_12_months_from
        and tickets.opened_on <= as_of.as_of_on
)

select
    person_id,
    cast(
        row_number() over (
            partition by person_id
            order by opened_at desc, {{ byte_order('ticket_id') }} desc
        ) as integer
    ) as newest_first,
    opened_at,
    opened_on
from owned
where person_id is not null
