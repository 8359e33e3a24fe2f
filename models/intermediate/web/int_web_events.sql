-- The events of a few kinds that rules look at one by one, however old they are.
{{ config(
    materialized=in_batches('by_days'), days='int_kept_event_days', batches_of='int_session_events'
) }}

select
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    events.visitor_id,
    events.session_id,
    events.owner_key,
    events.product_id,
    events.order_id,
    events.page_url,
    events.session_key,
    events.session_owner_key,
    event_days.day_stamp
from {{ ref('int_session_events') }} as events
inner join {{ ref('int_kept_event_days') }} as event_days
    on events.occurred_on = event_days.occurred_on
where events.event_name in ({{ sql_texts(events_kept_forever()) }})
