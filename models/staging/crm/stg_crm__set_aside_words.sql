-- What may end a yes beside the unclear consents: a no whose id another row has, so that it was
-- set aside as a repeat, and what can't be used of hard bounces and of noes to unknown channels.
select
    consent_id,
    customer_id,
    email_key,
    channel,
    known_status as word,
    changed_at,
    source
from {{ ref('base_crm__consents') }}
where
    rejection_reason = 'duplicate'
    and known_status <> 'opted_in'
union all
select
    case when rejection_reason = 'duplicate' then message_event_id end as consent_id,
    customer_id,
    email_key,
    case
        when event_type = 'bounced' then 'email'
        when coalesce(channel, 'email') in ('email', 'sms', 'ads', 'post')
            then coalesce(channel, 'email')
    end as channel,
    case
        when rejection_reason <> 'duplicate' then 'unclear'
        when event_type = 'bounced' then 'hard_bounced'
        when coalesce(channel, 'email') not in ('email', 'sms', 'ads', 'post') then 'unclear'
        else event_type
    end as word,
    case when occurred_at <= {{ loaded_until() }} then occurred_at end as changed_at,
    case when rejection_reason = 'duplicate' then 'message_events' end as source
from {{ ref('base_crm__message_events') }}
where
    rejection_reason is not null
    and case
        when event_type = 'bounced'
            then coalesce(channel, 'email') = 'email' and coalesce(bounce_type, 'hard') = 'hard'
        when event_type in ('unsubscribed', 'complained')
            then
                rejection_reason = 'duplicate'
                or channel not in ('email', 'sms', 'ads', 'post')
    end
