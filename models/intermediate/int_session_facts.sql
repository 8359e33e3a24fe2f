-- What happened in each session, before anybody asks whose it was.
{%- set in_order = ['occurred_at', 'event_id'] %}

with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

known_customers as (
    select key_value as customer_id
    from {{ ref('int_person_keys') }}
    where key_type = 'customer'
),

-- Of one order only the earliest purchase event counts, and none where the order is known and not
-- valid.
ranked_purchases as (
    select
        events.event_id,
        events.order_id,
        row_number() over (
            partition by events.order_id order by events.occurred_at, events.event_id
        ) as order_event_number
    from {{ ref('stg_web__events') }} as events
    cross join as_of
    where
        events.event_name = 'purchase'
        and events.occurred_on <= as_of.as_of_on
),

counted_purchases as (
    select ranked_purchases.event_id
    from ranked_purchases
    left join {{ ref('int_orders') }} as orders on ranked_purchases.order_id = orders.order_id
    where
        ranked_purchases.order_id is null
        or (ranked_purchases.order_event_number = 1 and coalesce(orders.is_valid, true))
),

events as (
    select
        events.event_id,
        events.visitor_id,
        events.session_id,
        events.occurred_at,
        events.event_name,
        events.page_type,
        known_customers.customer_id,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.device_type,
        events.platform,
        counted_purchases.event_id is not null as is_counted_purchase
    from {{ ref('stg_web__events') }} as events
    cross join as_of
    left join known_customers on events.customer_id = known_customers.customer_id
    left join counted_purchases on events.event_id = counted_purchases.event_id
    where events.occurred_on <= as_of.as_of_on
),

-- Events without a session id are cut by inactivity; the tracker's own sessions never are.
paused as (
    select
        *,
        lag(occurred_at) over (
            partition by visitor_id order by {{ in_order | join(', ') }}
        ) as previous_at
    from events
    where session_id is null
),

numbered as (
    select
        *,
        sum(
            case
                when
                    {{ microseconds_between('previous_at', 'occurred_at') }}
                    > {{ setting('session_timeout_minutes') * 60 * 1000000 }}
                    then 1
                else 0
            end
        ) over (
            partition by visitor_id order by {{ in_order | join(', ') }}
            rows between unbounded preceding and current row
        ) as stream_number
    from paused
),

session_events as (
    select
        event_id,
        visitor_id,
        session_id,
        0 as stream_number,
        occurred_at,
        event_name,
        page_type,
        customer_id,
        traffic_source,
        traffic_medium,
        traffic_campaign,
        device_type,
        platform,
        is_counted_purchase
    from events
    where session_id is not null
    union all
    select
        event_id,
        visitor_id,
        session_id,
        stream_number,
        occurred_at,
        event_name,
        page_type,
        customer_id,
        traffic_source,
        traffic_medium,
        traffic_campaign,
        device_type,
        platform,
        is_counted_purchase
    from numbered
),

sessions as (
    select
        visitor_id,
        session_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as events,
        count(*) filter (where event_name = 'page_view') as page_views,
        count(*) filter (
            where event_name = 'page_view' and page_type = 'product'
        ) as product_page_views,
        count(*) filter (where event_name = 'search') as searches,
        count(*) filter (where event_name = 'recommendation_click') as recommendation_clicks,
        count(*) filter (where event_name = 'chat_started') as chats,
        count(*) filter (where event_name = 'add_to_favorites') as favorites_added,
        count(*) filter (where event_name = 'add_to_cart') as cart_adds,
        count(*) filter (where event_name = 'begin_checkout') as checkouts,
        count(*) filter (where is_counted_purchase) as purchases,
        min(case when event_name = 'search' then occurred_at end) as first_searched_at,
        min(case when event_name = 'chat_started' then occurred_at end) as first_chat_at,
        min(case when is_counted_purchase then occurred_at end) as first_purchased_at,
        max(case when is_counted_purchase then occurred_at end) as last_purchased_at,
        min(case when customer_id is null then occurred_at end) as first_unnamed_at,
        {{ value_at_first('event_id', in_order) }} as first_event_id,
        {{ value_at_first('traffic_source', in_order) }} as traffic_source,
        {{ value_at_first('traffic_medium', in_order) }} as traffic_medium,
        {{ value_at_first('traffic_campaign', in_order) }} as traffic_campaign,
        {{ value_at_first('device_type', in_order) }} as device_type,
        {{ value_at_first('platform', in_order) }} as platform,
        {{ last_known_value('customer_id', in_order) }} as named_customer_id,
        {{ last_known_value('case when customer_id is not null then event_id end', in_order) }}
            as named_event_id,
        max(case when customer_id is not null then occurred_at end) as named_at
    from session_events
    group by visitor_id, session_id, stream_number
)

select
    -- lengths keep two pairs of ids from giving one text
    md5(
        concat(
            length(visitor_id), ':', visitor_id, ':',
            case when session_id is null then 'e' || first_event_id else 's' || session_id end
        )
    ) as session_key,
    visitor_id,
    session_id,
    started_at,
    ended_at,
    {{ local_day('started_at') }} as started_on,
    cast(
        {{ microseconds_between('started_at', 'ended_at') }} / cast(1000000 as decimal(18, 0))
        as decimal(18, 6)
    ) as duration_seconds,
    cast(events as integer) as events,
    cast(page_views as integer) as page_views,
    cast(product_page_views as integer) as product_page_views,
    cast(searches as integer) as searches,
    cast(recommendation_clicks as integer) as recommendation_clicks,
    cast(chats as integer) as chats,
    cast(favorites_added as integer) as favorites_added,
    cast(cart_adds as integer) as cart_adds,
    cast(checkouts as integer) as checkouts,
    cast(purchases as integer) as purchases,
    first_searched_at,
    first_chat_at,
    first_purchased_at,
    last_purchased_at,
    first_unnamed_at,
    traffic_source,
    traffic_medium,
    traffic_campaign,
    device_type,
    platform,
    named_customer_id,
    named_event_id,
    named_at
from sessions
