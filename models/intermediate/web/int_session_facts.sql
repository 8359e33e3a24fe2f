-- long: one pass over all events; any further table of them would be as large as the events
-- What happened in each session, before asking whose it was.
{%- set in_order = ['occurred_at', byte_order('event_id')] %}

with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

-- usually few, so they cost less to find than the known ones
unknown_customers as (
    select customer_id
    from {{ ref('int_customer_events') }}
    where not is_known
),

counted_purchases as (
    select event_id
    from {{ ref('int_web_events') }}
    where is_counted_purchase
),

events as {{ inline_cte() }} (
    select
        events.event_id,
        events.visitor_id,
        events.session_id,
        events.occurred_at,
        events.event_name,
        events.page_type,
        case when unknown_customers.customer_id is null then events.customer_id end as customer_id,
        counted_purchases.event_id is not null as is_counted_purchase
    from {{ ref('stg_web__events') }} as events
    cross join as_of
    left join unknown_customers on events.customer_id = unknown_customers.customer_id
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
        {{ last_known_value('customer_id', in_order) }} as named_customer_id,
        {{ last_known_value('case when customer_id is not null then event_id end', in_order) }}
            as named_event_id,
        max(case when customer_id is not null then occurred_at end) as named_at
    from session_events
    group by visitor_id, session_id, stream_number
)

select
    -- lengths keep two pairs of ids from giving the same text
    md5(
        concat(
            length(sessions.visitor_id), ':', sessions.visitor_id, ':',
            case
                when sessions.session_id is null then 'e' || sessions.first_event_id
                else 's' || sessions.session_id
            end
        )
    ) as session_key,
    sessions.visitor_id,
    sessions.session_id,
    sessions.started_at,
    sessions.ended_at,
    {{ local_day('sessions.started_at') }} as started_on,
    cast(
        {{ microseconds_between('sessions.started_at', 'sessions.ended_at') }}
        / cast(1000000 as decimal(18, 0))
        as decimal(18, 6)
    ) as duration_seconds,
    cast(sessions.events as integer) as events,
    cast(sessions.page_views as integer) as page_views,
    cast(sessions.product_page_views as integer) as product_page_views,
    cast(sessions.searches as integer) as searches,
    cast(sessions.recommendation_clicks as integer) as recommendation_clicks,
    cast(sessions.chats as integer) as chats,
    cast(sessions.favorites_added as integer) as favorites_added,
    cast(sessions.cart_adds as integer) as cart_adds,
    cast(sessions.checkouts as integer) as checkouts,
    cast(sessions.purchases as integer) as purchases,
    sessions.first_searched_at,
    sessions.first_chat_at,
    sessions.first_purchased_at,
    sessions.last_purchased_at,
    sessions.first_unnamed_at,
    first_events.traffic_source,
    first_events.traffic_medium,
    first_events.traffic_campaign,
    first_events.device_type,
    first_events.platform,
    sessions.named_customer_id,
    sessions.named_event_id,
    sessions.named_at
from sessions
-- one look at the first event costs less than asking every event for the earliest source, device…
inner join {{ ref('stg_web__events') }} as first_events
    on sessions.first_event_id = first_events.event_id
