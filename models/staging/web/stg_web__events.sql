select
    event_id,
    event_name,
    occurred_at,
    visitor_id,
    customer_id,
    email,
    session_id,
    page_url,
    page_type,
    product_id,
    search_term,
    order_id,
    traffic_source,
    traffic_medium,
    traffic_campaign,
    device_type,
    platform,
    loaded_at,
    email_key,
    occurred_on,
    load_number
from {{ ref('base_web__events') }}
where rejection_reason is null
