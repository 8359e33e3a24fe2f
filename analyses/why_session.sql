with

{{ asked_people() }},

visits as (
    select
        people.person_id,
        coalesce(sessions.session_key, '') as session_key,
        {{ microseconds_between('sessions.started_at', 'sessions.first_purchased_at') }}
            as microseconds_to_purchase,
        sessions.minutes_to_purchase,
        sessions.duration_seconds,
        sessions.page_views,
        sessions.product_page_views,
        sessions.longest_product_view_seconds,
        sessions.searches,
        sessions.recommendation_clicks,
        sessions.favorites_added,
        sessions.purchases,
        {{ yes('sessions.last_purchased_at >= sessions.first_chat_at') }} as chat_purchases,
        {{ yes('sessions.last_purchased_at >= sessions.first_searched_at') }} as search_purchases,
        {{ yes('sessions.device_type is not null') }} as devices,
        coalesce(sessions.device_type, '') as device_type
    from people
    left join {{ ref('int_recent_sessions') }} as sessions
        on people.person_id = sessions.person_id
),

devices as (
    select
        person_id,
        session_key,
        device_type,
        devices
    from visits
),

named_pages as (
    {%- for name, pattern in setting('page_patterns').items() %}
    select
        session_key,
        {{ sql_text(name) }} as page_name
    from {{ ref('int_person_events') }}
    where page_url like {{ sql_text(pattern) }}
    union
    {%- endfor %}
    select
        session_key,
        '' as page_name
    from {{ ref('int_person_events') }}
    where false
),

pages as (
    select
        visits.person_id,
        visits.session_key,
        coalesce(named_pages.page_name, '') as page_name,
        {{ yes('named_pages.page_name is not null') }} as visits
    from visits
    left join named_pages on visits.session_key = named_pages.session_key
),

carts as (
    select
        person_id,
        count(*) filter (where event_name = 'add_to_cart') as products,
        sum(cast(coalesce(unit_price, 0) as decimal(18, 4))) filter (
            where event_name = 'add_to_cart'
        ) as value_amount,
        count(*) filter (where event_name = 'begin_checkout') as checkouts
    from {{ ref('int_person_recent_cart_steps') }}
    where
        occurred_at > last_purchased_at
        or last_purchased_at is null
    group by person_id
),

facts as (
    select
        people.person_id,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.orders_6_months, 0) as orders_6_months,
        coalesce(web.sessions, 0) as sessions,
        coalesce(web.cart_adds, 0) as cart_adds,
        coalesce(carts.products, 0) as products,
        coalesce(carts.checkouts, 0) as checkouts,
        carts.value_amount,
        shop.orders_12_months as shop_orders,
        shop.order_value_12_months_amount as shop_amount,
        {{ rounded_ratio(
            'shop.order_value_12_months_amount', 'nullif(shop.orders_12_months, 0)'
        ) }} as average_amount
    from people
    cross join {{ ref('int_shop_orders') }} as shop
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
    left join {{ ref('int_person_web') }} as web on people.person_id = web.person_id
    left join carts on people.person_id = carts.person_id
),

favorites as (
    select
        people.person_id,
        coalesce(favorites.product_id, '') as product_id,
        favorites.stock_quantity
    from people
    left join {{ ref('int_person_favorites') }} as favorites
        on people.person_id = favorites.person_id
),

seen as (
    select
        people.person_id,
        coalesce(recent.product_id, '') as product_id,
        recent.view_rank,
        {{ yes('recent.last_ordered_at >= recent.viewed_at') }} as purchases
    from people
    left join {{ ref('int_person_recent_views') }} as recent on people.person_id = recent.person_id
)

{{ why({
    'visits': {'judged': 'session_key'},
    'devices': {'segment_value': 'device_type', 'judged': 'session_key'},
    'pages': {'segment_value': 'page_name', 'judged': 'session_key'},
    'facts': {},
    'favorites': {'segment_value': 'product_id'},
    'seen': {'segment_value': 'product_id'},
}) }}
