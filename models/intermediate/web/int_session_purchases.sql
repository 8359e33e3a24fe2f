-- The purchases that count, by session.
select
    sessions.session_key,
    cast(count(*) as integer) as purchases,
    min(events.occurred_at) as first_purchased_at,
    max(events.occurred_at) as last_purchased_at
from {{ ref('int_counted_purchases') }} as events
inner join {{ ref('int_session_facts') }} as sessions
    on
        events.visitor_id = sessions.visitor_id
        -- a stream of events without a session id is cut by time
        and coalesce(events.session_id, '') = coalesce(sessions.session_id, '')
        and events.occurred_at between sessions.started_at and sessions.ended_at
group by sessions.session_key
