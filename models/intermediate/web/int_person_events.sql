{{ config(materialized=light_table()) }}

-- The events that rules look at one by one, with the session they are part of and their person: an
-- event that names a customer is that customer's, any other is its session's.
select
    events.event_id,
    sessions.session_key,
    case
        when events.customer_id is not null then customers.person_id
        else sessions.person_id
    end as person_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    events.product_id,
    events.page_url,
    events.is_product_view,
    events.is_counted_purchase
from {{ ref('int_web_events') }} as events
inner join {{ ref('int_session_owners') }} as sessions
    on
        events.visitor_id = sessions.visitor_id
        -- a stream of events without a session id is cut by time
        and coalesce(events.session_id, '') = coalesce(sessions.session_id, '')
        and events.occurred_at between sessions.started_at and sessions.ended_at
left join {{ ref('int_known_customers') }} as customers
    on events.customer_id = customers.customer_id
