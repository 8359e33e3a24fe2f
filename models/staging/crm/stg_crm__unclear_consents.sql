-- Rows about consent that can't be used and may have meant a no; one that lies in the future may be
-- of any day. An opt-in for an unknown channel takes nothing away from anybody, nor does it that
-- nobody was asked.
select
    customer_id,
    email_key,
    case when channel in ({{ sql_texts(consent_channels()) }}) then channel end as channel,
    case when changed_at <= {{ loaded_until() }} then changed_at end as changed_at,
    case when changed_at <= {{ loaded_until() }} then changed_on end as changed_on
from {{ ref('base_crm__consents') }}
where
    rejection_reason <> 'duplicate'
    and (
        channel in ({{ sql_texts(consent_channels()) }})
        or coalesce(known_status, '') not in ('opted_in', 'not_asked')
    )
union all
select
    customer_id,
    email_key,
    'email' as channel,
    case when occurred_at <= {{ loaded_until() }} then occurred_at end as changed_at,
    case when occurred_at <= {{ loaded_until() }} then occurred_on end as changed_on
from {{ ref('base_crm__message_events') }}
where
    rejection_reason <> 'duplicate'
    and coalesce(channel, 'email') = 'email'
    and event_type in ('unsubscribed', 'complained')
