{{ config(materialized=light_table()) }}

select
    sessions.session_key,
    sessions.person_id,
    -- an erased person's browser is nobody's either
    case when sessions.person_id is not null then sessions.visitor_id end as visitor_id,
    sessions.session_id,
    sessions.started_at,
    sessions.ended_at,
    sessions.started_on,
    sessions.duration_seconds,
    sessions.events,
    sessions.page_views,
    sessions.product_page_views,
    sessions.searches,
    sessions.recommendation_clicks,
    sessions.chats,
    sessions.favorites_added,
    sessions.cart_adds,
    sessions.checkouts,
    coalesce(purchases.purchases, 0) as purchases,
    sessions.first_searched_at,
    sessions.first_chat_at,
    purchases.first_purchased_at,
    purchases.last_purchased_at,
    sessions.first_unnamed_at,
    sessions.traffic_source,
    sessions.traffic_medium,
    sessions.traffic_campaign,
    sessions.device_type,
    sessions.platform
from {{ ref('int_session_owners') }} as sessions
left join {{ ref('int_session_purchases') }} as purchases
    on sessions.session_key = purchases.session_key
