-- long: what counts, in which session, and whose it is
-- The first purchase of an order counts, unless the order is known but not valid; a purchase
-- without an order always counts.
with

events as (
    select
        events.event_id,
        events.event_name,
        events.occurred_at,
        events.occurred_on,
        events.visitor_id,
        events.customer_id,
        events.email_key,
        coalesce(events.session_id, '') as session_id,
        events.page_url,
        events.page_type,
        events.product_id,
        events.order_id,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.device_type,
        {{ days_between('events.occurred_on', 'as_of.as_of_on') }} as days_ago
    from {{ ref('stg_web__events') }} as events
    cross join {{ ref('as_of') }} as as_of
    where events.occurred_on <= as_of.as_of_on
),

first_purchases as (
    select
        event_id,
        order_id,
        row_number() over (
            partition by order_id
            order by occurred_at, {{ byte_order('event_id') }}
        ) as place
    from events
    where event_name = 'purchase'
),

purchases as (
    select first_purchases.event_id
    from first_purchases
    left join {{ ref('orders') }} as orders on first_purchases.order_id = orders.order_id
    where
        first_purchases.order_id is null
        or (first_purchases.place = 1 and coalesce(orders.is_valid, true))
)

select
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    events.days_ago,
    events.page_url,
    events.page_type,
    products.product_id,
    events.traffic_source,
    events.traffic_medium,
    events.traffic_campaign,
    events.device_type,
    purchases.event_id is not null as is_purchase,
    sessions.session_key,
    case
        when customers.key_value is not null then customers.person_id
        when emails.key_value is not null then emails.person_id
        else sessions.person_id
    end as person_id
from events
left join purchases on events.event_id = purchases.event_id
-- the tracker names the session, or a visitor's sessions follow each other and share no moment
left join {{ ref('sessions') }} as sessions
    on
        events.visitor_id = sessions.visitor_id
        and events.session_id = coalesce(sessions.session_id, '')
        and events.occurred_at between sessions.started_at and sessions.ended_at
left join {{ ref('int_person_keys') }} as customers
    on
        customers.key_type = 'customer'
        and events.customer_id = customers.key_value
left join {{ ref('int_person_keys') }} as emails
    on
        emails.key_type = 'email'
        and events.email_key = emails.key_value
left join {{ ref('stg_shop__products') }} as products on events.product_id = products.product_id
