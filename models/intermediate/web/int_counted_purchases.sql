-- Only the earliest purchase event of each order counts, and none where the order is known but not
-- valid.
with

purchases as (
    select events.*
    from {{ ref('int_web_events') }} as events
    cross join {{ ref('as_of') }} as as_of
    where
        events.occurred_on <= as_of.as_of_on
        and events.event_name = 'purchase'
),

first_purchases as (
    select
        order_id,
        {{ value_at_first('event_id', ['occurred_at', byte_order('event_id')]) }} as event_id
    from purchases
    where order_id is not null
    group by order_id
)

select
    events.event_id,
    coalesce(joined.session_key, events.session_key) as session_key,
    events.occurred_at
from purchases as events
left join first_purchases on events.event_id = first_purchases.event_id
left join {{ ref('int_orders') }} as orders on events.order_id = orders.order_id
left join {{ ref('int_joined_sessions') }} as joined
    on
        events.visitor_id = joined.visitor_id
        and coalesce(events.session_id, '') = coalesce(joined.session_id, '')
        and events.occurred_at between joined.started_at and joined.ended_at
where
    events.order_id is null
    or (first_purchases.event_id is not null and coalesce(orders.is_valid, true))
