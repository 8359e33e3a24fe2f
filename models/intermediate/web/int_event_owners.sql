-- Whom events name: the known customer, else the person with the e-mail.
with

named as (
    select
        named_owner_key as owner_key,
        {{ customer_of_owner('named_owner_key') }} as customer_id,
        {{ email_key_of_owner('named_owner_key') }} as email_key,
        min(first_named_at) as first_event_at
    from {{ ref('int_session_parts') }}
    where named_owner_key is not null
    group by named_owner_key
)

select
    named.owner_key,
    -- null: the person has asked to be erased
    case
        when customers.customer_id is not null then customers.person_id
        else emails.person_id
    end as person_id,
    named.first_event_at
from named
left join {{ ref('int_known_customers') }} as customers on named.customer_id = customers.customer_id
left join {{ ref('int_known_emails') }} as emails on named.email_key = emails.email_key
where
    customers.customer_id is not null
    or emails.email_key is not null
