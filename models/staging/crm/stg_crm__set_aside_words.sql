-- Noes of rows that were set aside: repeats, which can be read but have the id of another row, and
-- events that can't be used. One that lies in the future may be of any day.
select
    consent_id,
    customer_id,
    email_key,
    channel,
    known_status as word,
    changed_at,
    changed_at is null as is_oldest,
    source
from {{ ref('base_crm__consents') }}
where
    rejection_reason = 'duplicate'
    and known_status not in ('opted_in', 'not_asked')
union all
select
    case when rejection_reason = 'duplicate' then message_event_id end as consent_id,
    customer_id,
    email_key,
    coalesce(channel, 'email') as channel,
    case
        when rejection_reason <> 'duplicate' then 'unclear'
        when event_type = 'bounced' then 'hard_bounced'
        else event_type
    end as word,
    case when occurred_at <= {{ loaded_until() }} then occurred_at end as changed_at,
    false as is_oldest,
    case when rejection_reason = 'duplicate' then 'message_events' end as source
from {{ ref('base_crm__message_events') }}
where
    rejection_reason is not null
    and (
        event_type in ('unsubscribed', 'complained')
        or (
            event_type = 'bounced'
            and coalesce(bounce_type, 'hard') <> 'soft'
            and coalesce(channel, 'email') = 'email'
        )
    )
