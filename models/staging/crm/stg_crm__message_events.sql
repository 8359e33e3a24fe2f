select
    message_event_id,
    message_id,
    customer_id,
    email,
    coalesce(channel, 'email') as channel,
    campaign_id,
    event_type,
    case
        when event_type = 'bounced' and bounce_type = 'soft' then 'soft'
        when event_type = 'bounced' then 'hard'
    end as bounce_type,
    occurred_at,
    email_key,
    occurred_on
from {{ ref('base_crm__message_events') }}
where rejection_reason is null
