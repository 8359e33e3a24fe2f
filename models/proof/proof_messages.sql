-- A message belongs to the known customer, else to the e-mail.
select
    case when customers.key_value is null then emails.person_id else customers.person_id end
        as person_id,
    -- without an id, the campaign stands for it
    case
        when events.message_id is not null then 'message ' || events.message_id
        when events.campaign_id is not null then 'campaign ' || events.campaign_id
        else 'none'
    end as message_id,
    events.campaign_id,
    events.channel,
    events.event_type,
    events.bounce_type,
    events.occurred_at,
    events.occurred_on,
    {{ days_between('events.occurred_on', 'as_of.as_of_on') }} as days_ago
from {{ ref('stg_crm__message_events') }} as events
cross join {{ ref('as_of') }} as as_of
left join {{ ref('int_person_keys') }} as customers
    on
        customers.key_type = 'customer'
        and events.customer_id = customers.key_value
left join {{ ref('int_person_keys') }} as emails
    on
        emails.key_type = 'email'
        and events.email_key = emails.key_value
where
    events.occurred_on <= as_of.as_of_on
    and case when customers.key_value is null then emails.person_id else customers.person_id end
    is not null
