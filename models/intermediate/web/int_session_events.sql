{{ config(materialized='view') }}

select
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    events.visitor_id,
    events.session_id,
    {{ owner_key('events.customer_id', 'events.email_key') }} as owner_key,
    events.product_id,
    events.order_id,
    events.page_url,
    events.page_type,
    parts.session_key,
    parts.named_owner_key as session_owner_key,
    parts.day_stamp
from {{ ref('stg_web__events') }} as events
inner join {{ ref('int_session_parts') }} as parts
    on
        events.occurred_on = parts.occurred_on
        and events.visitor_id = parts.visitor_id
        -- a stream of events without a session id is cut by time
        and coalesce(events.session_id, '') = coalesce(parts.session_id, '')
        and events.occurred_at between parts.started_at and parts.ended_at
        and (
            parts.of_owner_key is null
            or parts.of_owner_key
            = coalesce({{ owner_key('events.customer_id', 'events.email_key') }}, '')
        )
