-- long: what became of each message, event by event
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

owned as (
    select
        message_events.campaign_id,
        -- without an id, all that one person got of a campaign are one message
        coalesce('m:' || message_events.message_id, '') as message_id,
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id,
        message_events.channel,
        message_events.event_type,
        message_events.bounce_type,
        message_events.occurred_on
    from {{ ref('stg_crm__message_events') }} as message_events
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on message_events.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on message_events.email_key = emails.email_key
    where
        message_events.occurred_on <= as_of.as_of_on
        and message_events.campaign_id is not null
),

messages as (
    select
        campaign_id,
        person_id,
        message_id,
        min({{ byte_order('channel') }}) as channel,
        coalesce(
            min(case when event_type = 'sent' then occurred_on end), min(occurred_on)
        ) as sent_on,
        min(
            case
                when
                    event_type in ('delivered', 'opened', 'clicked', 'unsubscribed', 'complained')
                    then occurred_on
            end
        ) as arrived_on,
        min(case when event_type = 'complained' then occurred_on end) as complained_on,
        count(case when event_type = 'delivered' then 1 end) as deliveries,
        count(case when event_type = 'opened' then 1 end) as opens,
        count(case when event_type = 'clicked' then 1 end) as clicks,
        count(case when event_type = 'unsubscribed' then 1 end) as unsubscribes,
        count(case when event_type = 'bounced' then 1 end) as bounces,
        count(case when bounce_type = 'hard' then 1 end) as hard_bounces
    from owned
    where person_id is not null
    group by
        campaign_id,
        person_id,
        message_id
),

campaigns as (
    select
        campaign_id,
        sum(deliveries) > 0 as tells_deliveries
    from messages
    group by campaign_id
)

select
    messages.campaign_id,
    messages.person_id,
    messages.message_id,
    messages.channel,
    messages.sent_on,
    case
        when messages.arrived_on is not null then messages.arrived_on
        -- who never tells that a message has arrived tells that one has not
        when not campaigns.tells_deliveries and messages.bounces = 0 then messages.sent_on
    end as delivered_on,
    messages.complained_on,
    messages.opens > 0 as is_opened,
    messages.clicks > 0 as is_clicked,
    messages.unsubscribes > 0 as is_unsubscribed,
    messages.hard_bounces > 0 as is_hard_bounced
from messages
inner join campaigns on messages.campaign_id = campaigns.campaign_id
