-- The sessions that rules look at: those of the last `session_lookback_days` days that belong to
-- somebody.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

sessions as (
    select sessions.*
    from {{ ref('int_sessions') }} as sessions
    cross join as_of
    where
        sessions.person_id is not null
        and sessions.started_on
        > {{ add_days('as_of.as_of_on', -1 * setting('session_lookback_days')) }}
),

-- A page was looked at until the session's next event; the last event of a session takes no time.
timed as (
    select
        events.session_key,
        events.is_product_view,
        events.occurred_at,
        lead(events.occurred_at) over (
            partition by events.session_key
            order by events.occurred_at, {{ byte_order('events.event_id') }}
        ) as next_at
    from {{ ref('int_person_events') }} as events
    inner join sessions on events.session_key = sessions.session_key
    cross join as_of
    where
        -- no event is older than its session: fewer are read
        events.occurred_on
        > {{ add_days('as_of.as_of_on', -1 * setting('session_lookback_days')) }}
),

product_views as (
    select
        session_key,
        max(coalesce({{ microseconds_between('occurred_at', 'next_at') }}, 0))
            as longest_microseconds
    from timed
    where is_product_view
    group by session_key
)

select
    sessions.session_key,
    sessions.person_id,
    sessions.started_at,
    sessions.started_on,
    sessions.duration_seconds,
    sessions.page_views,
    sessions.product_page_views,
    cast(
        product_views.longest_microseconds / cast(1000000 as decimal(18, 0)) as decimal(18, 6)
    ) as longest_product_view_seconds,
    sessions.searches,
    sessions.recommendation_clicks,
    sessions.chats,
    sessions.favorites_added,
    sessions.purchases,
    sessions.first_searched_at,
    sessions.first_chat_at,
    {{ rounded_ratio(
        microseconds_between('sessions.started_at', 'sessions.first_purchased_at'), '60000000'
    ) }} as minutes_to_purchase,
    sessions.first_purchased_at,
    sessions.last_purchased_at,
    sessions.traffic_source,
    sessions.traffic_medium,
    sessions.traffic_campaign,
    sessions.device_type
from sessions
left join product_views on sessions.session_key = product_views.session_key
