-- Consents, which belong to the known customer, else to the e-mail; unsubscribes and complaints,
-- which are a no.
with

words as (
    select
        case when customers.key_value is null then emails.person_id else customers.person_id end
            as person_id,
        consents.changed_at as said_at,
        consents.status,
        consents.source
    from {{ ref('stg_crm__consents') }} as consents
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and consents.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and consents.email_key = emails.key_value
    where
        consents.channel = 'email'
        and consents.changed_on <= as_of.as_of_on
    union all
    select
        person_id,
        occurred_at as said_at,
        'opted_out' as status,
        cast(null as {{ dbt.type_string() }}) as source
    from {{ ref('proof_messages') }}
    where
        channel = 'email'
        and event_type in ('unsubscribed', 'complained')
),

newest as (
    select
        person_id,
        said_at,
        status,
        source,
        max(said_at) over (partition by person_id) as last_said_at
    from words
    where person_id is not null
)

select
    person_id,
    said_at,
    status,
    source,
    said_at = last_said_at as is_newest
from newest
