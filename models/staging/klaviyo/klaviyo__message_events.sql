{{ config(enabled=is_asked('klaviyo')) }}

-- What happened to messages. An order that Klaviyo took over from the shop is none. Of an e-mail it
-- does not say that it was sent, which one that was received was, too.
{%- set types = [
    ('received email', 'email', 'sent'), ('received email', 'email', 'delivered'),
    ('opened email', 'email', 'opened'), ('clicked email', 'email', 'clicked'),
    ('bounced email', 'email', 'bounced'), ('dropped email', 'email', 'bounced'),
    ('marked email as spam', 'email', 'complained'), ('unsubscribed', 'email', 'unsubscribed'),
    ('unsubscribed from email marketing', 'email', 'unsubscribed'), ('sent sms', 'sms', 'sent'),
    ('received sms', 'sms', 'delivered'), ('clicked sms', 'sms', 'clicked'),
    ('failed to deliver sms', 'sms', 'bounced'),
    ('unsubscribed from sms marketing', 'sms', 'unsubscribed'),
] %}

with

types (type_metric, channel, event_type) as (
    values
    {%- for type in types %}
    ({{ sql_texts(type) }}){{ ',' if not loop.last }}
    {%- endfor %}
)

select
    events.id
    || case
        when types.type_metric = 'received email' and types.event_type = 'sent' then ':sent' else ''
    end as message_event_id,
    events.campaign_id || ':' || events.event_profile as message_id,
    events.email,
    types.channel,
    events.campaign_id,
    types.event_type,
    events.bounce_type,
    events.occurred_at
from {{ ref('klaviyo__event_rows') }} as events
inner join types on events.metric = types.type_metric
where coalesce(events.is_by_machine, 'false') <> 'true'
