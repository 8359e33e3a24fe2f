-- Only the earliest purchase event of each order counts, and none where the order is known but not
-- valid.
with

purchases as (
    select events.*
    from {{ ref('stg_web__events') }} as events
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
    purchases.event_id,
    purchases.visitor_id,
    purchases.session_id,
    purchases.occurred_at
from purchases
left join first_purchases on purchases.event_id = first_purchases.event_id
left join {{ ref('int_orders') }} as orders on purchases.order_id = orders.order_id
where
    purchases.order_id is null
    or (first_purchases.event_id is not null and coalesce(orders.is_valid, true))
