-- long: one pass over all events; any further table of them would be as large as the events
-- What happened in each session on one day, before asking whose it was.
{{ config(
    materialized=in_batches('by_days'), days='int_event_days', batches_of='stg_web__events'
) }}
{%- set in_order = ['occurred_at', byte_order('event_id')] %}

with

events as {{ inline_cte() }} (
    select
        event_id,
        visitor_id,
        session_id,
        occurred_on,
        occurred_at,
        event_name,
        page_type,
        {{ owner_key('customer_id', 'email_key') }} as owner_key
    from {{ ref('stg_web__events') }}
),

-- Where a visitor names several customers on a day, the events of each are a part of their own.
shared_days as (
    select
        visitor_id,
        occurred_on
    from events
    where owner_key is not null
    group by
        visitor_id,
        occurred_on
    having min({{ byte_order('owner_key') }}) <> max({{ byte_order('owner_key') }})
),

-- Events without a session id are cut by inactivity; the tracker's own sessions never are.
paused as (
    select
        *,
        lag(occurred_at) over (
            partition by visitor_id, occurred_on order by {{ in_order | join(', ') }}
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
            partition by visitor_id, occurred_on order by {{ in_order | join(', ') }}
            rows between unbounded preceding and current row
        ) as stream_number
    from paused
),

session_events as (
    select
        event_id,
        visitor_id,
        session_id,
        occurred_on,
        0 as stream_number,
        occurred_at,
        event_name,
        page_type,
        owner_key
    from events
    where session_id is not null
    union all
    select
        event_id,
        visitor_id,
        session_id,
        occurred_on,
        stream_number,
        occurred_at,
        event_name,
        page_type,
        owner_key
    from numbered
),

parted as (
    select
        session_events.*,
        case
            when shared_days.visitor_id is not null then coalesce(session_events.owner_key, '')
        end as of_owner_key
    from session_events
    left join shared_days
        on
            session_events.visitor_id = shared_days.visitor_id
            and session_events.occurred_on = shared_days.occurred_on
),

parts as (
    select
        visitor_id,
        session_id,
        occurred_on,
        of_owner_key,
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
        min(case when event_name = 'search' then occurred_at end) as first_searched_at,
        min(case when event_name = 'chat_started' then occurred_at end) as first_chat_at,
        min(case when owner_key is null then occurred_at end) as first_unnamed_at,
        {{ value_at_first('event_id', in_order) }} as first_event_id,
        max({{ byte_order('owner_key') }}) as named_owner_key,
        {{ last_known_value('case when owner_key is not null then event_id end', in_order) }}
            as named_event_id,
        min(case when owner_key is not null then occurred_at end) as first_named_at,
        max(case when owner_key is not null then occurred_at end) as named_at
    from parted
    group by visitor_id, session_id, occurred_on, stream_number, of_owner_key
)

select
    parts.first_event_id,
    -- lengths keep two pairs of ids from giving the same text
    md5(
        concat(
            length(parts.visitor_id), ':', parts.visitor_id, ':',
            case
                when parts.session_id is null then 'e' || parts.first_event_id
                else 's' || parts.session_id
            end
        )
    ) as session_key,
    parts.visitor_id,
    parts.session_id,
    parts.occurred_on,
    parts.of_owner_key,
    parts.started_at,
    parts.ended_at,
    cast(parts.events as integer) as events,
    cast(parts.page_views as integer) as page_views,
    cast(parts.product_page_views as integer) as product_page_views,
    cast(parts.searches as integer) as searches,
    cast(parts.recommendation_clicks as integer) as recommendation_clicks,
    cast(parts.chats as integer) as chats,
    cast(parts.favorites_added as integer) as favorites_added,
    cast(parts.cart_adds as integer) as cart_adds,
    cast(parts.checkouts as integer) as checkouts,
    parts.first_searched_at,
    parts.first_chat_at,
    parts.first_unnamed_at,
    first_events.traffic_source,
    first_events.traffic_medium,
    first_events.traffic_campaign,
    first_events.device_type,
    first_events.platform,
    parts.named_owner_key,
    parts.named_event_id,
    parts.first_named_at,
    parts.named_at,
    event_days.day_stamp
from parts
-- one look at the first event costs less than asking every event for the earliest source, device…
inner join {{ ref('stg_web__events') }} as first_events
    on parts.first_event_id = first_events.event_id
inner join {{ ref('int_event_days') }} as event_days
    on parts.occurred_on = event_days.occurred_on
