{{ config(materialized=light_table()) }}

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
left join {{ ref('int_counted_purchases') }} as counted_purchases
    on events.event_id = counted_purchases.event_id
left join {{ ref('int_known_customers') }} as customers
    on events.customer_id = customers.customer_id
left join {{ ref('stg_shop__products') }} as products on events.product_id = products.product_id
