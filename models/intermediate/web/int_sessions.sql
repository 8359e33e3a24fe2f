with

owned as (
    select
        sessions.*,
        purchases.purchases,
        purchases.first_purchased_at,
        purchases.last_purchased_at,
        case
            when sessions.named_owner_key is not null then owners.person_id
            when visitors.visitor_id is not null then visitors.person_id
            else 'v:' || sessions.visitor_id
        end as person_id
    from {{ ref('int_session_facts') }} as sessions
    left join {{ ref('int_event_owners') }} as owners
        on sessions.named_owner_key = owners.owner_key
    left join {{ ref('int_visitor_keys') }} as visitors on sessions.visitor_id = visitors.visitor_id
    left join {{ ref('int_session_purchases') }} as purchases
        on sessions.session_key = purchases.session_key
)

select
    session_key,
    person_id,
    -- an erased person's browser is nobody's either
    case when person_id is not null then visitor_id end as visitor_id,
    session_id,
    started_at,
    ended_at,
    started_on,
    duration_seconds,
    events,
    page_views,
    product_page_views,
    searches,
    recommendation_clicks,
    chats,
    favorites_added,
    cart_adds,
    checkouts,
    coalesce(purchases, 0) as purchases,
    first_searched_at,
    first_chat_at,
    first_purchased_at,
    last_purchased_at,
    first_unnamed_at,
    traffic_source,
    traffic_medium,
    traffic_campaign,
    device_type,
    platform
from owned
