-- long: every way in which a person is named, side by side
-- A customer_id that only orders name is a contact too, of unknown e-mail.
with

customers as (
    select
        customer_id,
        email_key,
        phone_key
    from {{ ref('stg_shop__customers') }}
),

customers_of_orders as (
    select distinct orders.customer_id
    from {{ ref('stg_shop__orders') }} as orders
    left join customers on orders.customer_id = customers.customer_id
    where
        orders.customer_id is not null
        and customers.customer_id is null
),

known_customers as (
    select
        customer_id,
        email_key
    from customers
    where customer_id is not null
    union all
    select
        customer_id,
        cast(null as {{ dbt.type_string() }}) as email_key
    from customers_of_orders
),

-- Rows that name no known customer belong to their e-mail.
emails_seen as (
    select email_key
    from customers
    union all
    select email_key
    from {{ ref('stg_shop__orders') }}
    where customer_id is null
    union all
    select consents.email_key
    from {{ ref('stg_crm__consents') }} as consents
    left join known_customers on consents.customer_id = known_customers.customer_id
    where known_customers.customer_id is null
    union all
    select message_events.email_key
    from {{ ref('stg_crm__message_events') }} as message_events
    left join known_customers on message_events.customer_id = known_customers.customer_id
    where known_customers.customer_id is null
),

customer_of_email as (
    select
        email_key,
        min({{ byte_order('customer_id') }}) as customer_id
    from customers
    where email_key is not null
    group by email_key
),

emails as (
    select distinct
        emails_seen.email_key,
        coalesce('c:' || customer_of_email.customer_id, 'g:' || emails_seen.email_key) as person_id
    from emails_seen
    left join customer_of_email on emails_seen.email_key = customer_of_email.email_key
    where emails_seen.email_key is not null
),

named_keys as (
    select
        'customer' as key_type,
        known_customers.customer_id as key_value,
        coalesce(emails.person_id, 'c:' || known_customers.customer_id) as person_id
    from known_customers
    left join emails on known_customers.email_key = emails.email_key
    union all
    select
        'email' as key_type,
        email_key as key_value,
        person_id
    from emails
),

-- A phone is one customer's or nobody's: it makes no two one.
people_of_phones as (
    select
        customers.phone_key,
        min(named_keys.person_id) as person_id
    from customers
    inner join named_keys
        on
            named_keys.key_type = case
                when customers.customer_id is null then 'email'
                else 'customer'
            end
            and named_keys.key_value = coalesce(customers.customer_id, customers.email_key)
    where customers.phone_key is not null
    group by customers.phone_key
    having count(distinct named_keys.person_id) = 1
),

phones as (
    select distinct phone_key
    from {{ ref('stg_shop__orders') }}
    where phone_key is not null
),

keys as (
    select
        key_type,
        key_value,
        person_id
    from named_keys
    union all
    select
        'phone' as key_type,
        phones.phone_key as key_value,
        coalesce(people_of_phones.person_id, 't:' || phones.phone_key) as person_id
    from phones
    left join people_of_phones on phones.phone_key = people_of_phones.phone_key
),

erased_people as (
    select keys.person_id
    from {{ ref('stg_crm__erasure_requests') }} as requests
    inner join keys on keys.key_type = 'customer' and requests.customer_id = keys.key_value
    union
    select keys.person_id
    from {{ ref('stg_crm__erasure_requests') }} as requests
    inner join keys on keys.key_type = 'email' and requests.email_key = keys.key_value
)

select
    keys.key_type,
    keys.key_value,
    -- null: the person has asked to be erased
    case when erased_people.person_id is null then keys.person_id end as person_id
from keys
left join erased_people on keys.person_id = erased_people.person_id
