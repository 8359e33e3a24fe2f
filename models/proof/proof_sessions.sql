with

sessions as (
    select
        sessions.session_key,
        sessions.person_id,
        sessions.started_at,
        {{ add_days('sessions.started_on', setting('session_lookback_days')) }} as leaves_on
    from {{ ref('sessions') }} as sessions
    cross join {{ ref('as_of') }} as as_of
    where
        sessions.person_id is not null
        and {{ days_between('sessions.started_on', 'as_of.as_of_on') }}
        < {{ setting('session_lookback_days') }}
),

events as (
    select
        sessions.session_key,
        sessions.person_id,
        sessions.started_at,
        sessions.leaves_on,
        events.event_name,
        events.occurred_at,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.device_type,
        events.is_purchase,
        events.event_name = 'page_view' and events.page_type = 'product' as is_product_page,
        row_number() over (
            partition by events.session_key
            order by events.occurred_at, {{ byte_order('events.event_id') }}
        ) as place,
        lead(events.occurred_at) over (
            partition by events.session_key
            order by events.occurred_at, {{ byte_order('events.event_id') }}
        ) as next_at
    from sessions
    inner join {{ ref('proof_events') }} as events on sessions.session_key = events.session_key
)

select
    session_key,
    person_id,
    started_at,
    leaves_on,
    max(case when place = 1 then traffic_source end) as traffic_source,
    max(case when place = 1 then traffic_medium end) as traffic_medium,
    max(case when place = 1 then traffic_campaign end) as traffic_campaign,
    max(case when place = 1 then device_type end) as device_type,
    cast(count(case when event_name = 'recommendation_click' then 1 end) as integer)
        as recommendation_clicks,
    cast(count(case when event_name = 'search' then 1 end) as integer) as searches,
    cast(count(case when event_name = 'chat_started' then 1 end) as integer) as chats,
    cast(count(case when event_name = 'add_to_favorites' then 1 end) as integer) as favorites,
    cast(count(case when event_name = 'page_view' then 1 end) as integer) as page_views,
    cast(count(case when is_product_page then 1 end) as integer) as product_pages,
    cast(count(case when is_purchase then 1 end) as integer) as purchases,
    min(case when event_name = 'search' then occurred_at end) as first_searched_at,
    min(case when event_name = 'chat_started' then occurred_at end) as first_chat_at,
    min(case when is_purchase then occurred_at end) as first_purchased_at,
    max(case when is_purchase then occurred_at end) as last_purchased_at,
    {{ microseconds_between('min(occurred_at)', 'max(occurred_at)') }} as microseconds,
    -- the last event of a session takes no time
    max(
        case
            when is_product_page
                then coalesce({{ microseconds_between('occurred_at', 'next_at') }}, 0)
        end
    ) as longest_product_microseconds
from events
group by
    session_key,
    person_id,
    started_at,
    leaves_on
