{{ config(materialized=light_table()) }}

select
    sessions.session_key,
    sessions.visitor_id,
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
    sessions.first_searched_at,
    sessions.first_chat_at,
    sessions.first_unnamed_at,
    sessions.traffic_source,
    sessions.traffic_medium,
    sessions.traffic_campaign,
    sessions.device_type,
    sessions.platform,
    sessions.named_customer_id,
    sessions.named_event_id,
    sessions.named_at,
    case
        when sessions.named_customer_id is not null then customers.person_id
        when visitors.visitor_id is not null then visitors.person_id
        else 'v:' || sessions.visitor_id
    end as person_id
from {{ ref('int_session_facts') }} as sessions
left join {{ ref('int_known_customers') }} as customers
    on sessions.named_customer_id = customers.customer_id
left join {{ ref('int_visitor_keys') }} as visitors on sessions.visitor_id = visitors.visitor_id
