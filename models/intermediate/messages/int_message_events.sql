with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

owned as (
    select
        message_events.*,
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id
    from {{ ref('stg_crm__message_events') }} as message_events
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on message_events.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on message_events.email_key = emails.email_key
    where message_events.occurred_on <= as_of.as_of_on
)

select
    -- without an id, all of a campaign are one message
    coalesce('m:' || message_id, 'c:' || campaign_id, '') as message_id,
    person_id,
    channel,
    campaign_id,
    event_type,
    bounce_type,
    occurred_at,
    occurred_on
from owned
where person_id is not null
