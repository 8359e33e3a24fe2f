-- The one place that knows who has said yes to what: the newest word of each person and channel.
-- Words of one time that differ are a no.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

person_keys as (
    select *
    from {{ ref('int_person_keys') }}
),

words as (
    select
        customer_id,
        email_key,
        channel,
        status,
        changed_at,
        changed_on
    from {{ ref('stg_crm__consents') }}
    union all
    select
        customer_id,
        email_key,
        'email' as channel,
        'opted_out' as status,
        occurred_at as changed_at,
        occurred_on as changed_on
    from {{ ref('stg_crm__message_events') }}
    where
        channel = 'email'
        and event_type in ('unsubscribed', 'complained')
),

owned as (
    select
        case
            when customers.key_value is not null then customers.person_id
            else emails.person_id
        end as person_id,
        words.channel,
        words.status,
        words.changed_at
    from words
    cross join as_of
    left join person_keys as customers
        on
            customers.key_type = 'customer'
            and words.customer_id = customers.key_value
    left join person_keys as emails
        on
            emails.key_type = 'email'
            and words.email_key = emails.key_value
    where words.changed_on <= as_of.as_of_on
),

newest as (
    select
        person_id,
        channel,
        status,
        changed_at,
        max(changed_at) over (partition by person_id, channel) as newest_at
    from owned
    where person_id is not null
)

select
    person_id,
    channel,
    case when count(distinct status) = 1 then min(status) else 'opted_out' end as status,
    newest_at as changed_at
from newest
where changed_at = newest_at
group by
    person_id,
    channel,
    newest_at
