-- long: mostly columns, three times
{{ config(materialized=light_table()) }}

with

joined as (
    select *
    from {{ ref('int_joined_sessions') }}
),

-- nearly all sessions are one part
sessions as (
    select
        parts.session_key,
        parts.visitor_id,
        parts.session_id,
        parts.started_at,
        parts.ended_at,
        parts.occurred_on as started_on,
        parts.events,
        parts.page_views,
        parts.product_page_views,
        parts.searches,
        parts.recommendation_clicks,
        parts.chats,
        parts.favorites_added,
        parts.cart_adds,
        parts.checkouts,
        parts.first_searched_at,
        parts.first_chat_at,
        {{ unnamed_since('parts', 'owners') }} as first_unnamed_at,
        parts.traffic_source,
        parts.traffic_medium,
        parts.traffic_campaign,
        parts.device_type,
        parts.platform,
        owners.owner_key as named_owner_key,
        case when owners.owner_key is not null then parts.named_event_id end as named_event_id,
        case when owners.owner_key is not null then parts.named_at end as named_at
    from {{ ref('int_session_parts') }} as parts
    inner join {{ ref('as_of') }} as as_of on parts.occurred_on <= as_of.as_of_on
    left join {{ ref('int_event_owners') }} as owners
        on parts.named_owner_key = owners.owner_key
    left join joined
        on
            parts.visitor_id = joined.visitor_id
            and coalesce(parts.session_id, '') = coalesce(joined.session_id, '')
            and parts.started_at between joined.started_at and joined.ended_at
    where joined.session_key is null
    union all
    select
        session_key,
        visitor_id,
        session_id,
        started_at,
        ended_at,
        started_on,
        events,
        page_views,
        product_page_views,
        searches,
        recommendation_clicks,
        chats,
        favorites_added,
        cart_adds,
        checkouts,
        first_searched_at,
        first_chat_at,
        first_unnamed_at,
        traffic_source,
        traffic_medium,
        traffic_campaign,
        device_type,
        platform,
        named_owner_key,
        named_event_id,
        named_at
    from joined
)

select
    session_key,
    visitor_id,
    session_id,
    started_at,
    ended_at,
    started_on,
    cast(
        {{ microseconds_between('started_at', 'ended_at') }} / cast(1000000 as decimal(18, 0))
        as decimal(18, 6)
    ) as duration_seconds,
    events,
    page_views,
    product_page_views,
    searches,
    recommendation_clicks,
    chats,
    favorites_added,
    cart_adds,
    checkouts,
    first_searched_at,
    first_chat_at,
    first_unnamed_at,
    traffic_source,
    traffic_medium,
    traffic_campaign,
    device_type,
    platform,
    named_owner_key,
    named_event_id,
    named_at
from sessions
