-- The events that rules look at one by one, in one pass over all events: some kinds ever, every
-- kind in the longest of the rules' windows.
{%- set windows = [
    setting('session_lookback_days'),
    setting('cart_days'),
    setting('recent_view_days'),
    setting('lead_days'),
] %}

with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

events as (
    select events.*
    from {{ ref('stg_web__events') }} as events
    cross join as_of
    where
        events.occurred_on <= as_of.as_of_on
        and (
            events.event_name in (
                'purchase', 'add_to_cart', 'add_to_favorites', 'remove_from_favorites',
                'account_created', 'newsletter_signup'
            )
            or events.occurred_on > {{ add_days('as_of.as_of_on', -1 * windows | max) }}
        )
),

-- Only the earliest purchase event of each order counts, and none where the order is known but not
-- valid.
first_purchases as (
    select
        order_id,
        {{ value_at_first('event_id', ['occurred_at', byte_order('event_id')]) }} as event_id
    from events
    where
        event_name = 'purchase'
        and order_id is not null
    group by order_id
),

counted_purchases as (
    select first_purchases.event_id
    from first_purchases
    left join {{ ref('int_orders') }} as orders on first_purchases.order_id = orders.order_id
    where coalesce(orders.is_valid, true)
    union all
    select event_id
    from events
    where
        event_name = 'purchase'
        and order_id is null
)

select
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    events.visitor_id,
    events.session_id,
    customers.customer_id,
    products.product_id,
    events.page_url,
    coalesce(events.event_name = 'page_view' and events.page_type = 'product', false)
        as is_product_view,
    counted_purchases.event_id is not null as is_counted_purchase
from events
left join counted_purchases on events.event_id = counted_purchases.event_id
left join {{ ref('int_known_customers') }} as customers
    on events.customer_id = customers.customer_id
left join {{ ref('stg_shop__products') }} as products on events.product_id = products.product_id
