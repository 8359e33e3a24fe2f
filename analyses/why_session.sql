{%- set purchased_after = 'purchases at or after the first ' -%}
with

people as (
    {{ asked_people() | indent }}
),

visits as (
    select
        people.person_id,
        coalesce(sessions.session_key, '') as session_key,
        sessions.started_at,
        sessions.first_purchased_at,
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

pages as (
    select
        people.person_id,
        coalesce(pages.session_key, '') as session_key,
        coalesce(pages.page_name, '') as page_name,
        {{ yes('pages.page_name is not null') }} as visits
    from people
    left join {{ ref('int_recent_session_pages') }} as pages
        on people.person_id = pages.person_id
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
    left join {{ ref('int_person_carts') }} as carts on people.person_id = carts.person_id
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
        coalesce(seen.product_id, '') as product_id,
        seen.view_rank,
        {{ yes('seen.is_bought_since') }} as purchases
    from people
    left join {{ ref('int_person_views') }} as seen on people.person_id = seen.person_id
),

judgements as (
    {{ conditions('visits', [
        [
            'recommendation_browsers', 'clicks on recommendations', 'recommendation_clicks', '>=',
            setting('recommendation_min_clicks'),
        ],
        ['recommendation_browsers', 'purchases', 'purchases', '<=', 0],
        [
            'recommendation_converters', 'clicks on recommendations', 'recommendation_clicks',
            '>=', setting('recommendation_min_clicks'),
        ],
        ['recommendation_converters', 'purchases', 'purchases', '>=', 1],
        ['chat_converters', purchased_after ~ 'chat', 'chat_purchases', '>=', 1],
        [
            'search_converters', 'searches', 'searches', '>=',
            setting('search_converters_min_searches'),
        ],
        ['search_converters', purchased_after ~ 'search', 'search_purchases', '>=', 1],
        [
            'search_abandoners', 'searches', 'searches', '>=',
            setting('search_abandoners_min_searches'),
        ],
        ['search_abandoners', 'purchases', 'purchases', '<=', 0],
        [
            'fast_deciders', 'minutes to the first purchase', 'minutes_to_purchase', '<=',
            setting('fast_decider_max_minutes'),
            microseconds_between('started_at', 'first_purchased_at') ~ ' <= '
            ~ setting('fast_decider_max_minutes') ~ ' * cast(60000000 as bigint)',
        ],
        ['browsers', 'seconds', 'duration_seconds', '>=', setting('browser_min_seconds')],
        ['browsers', 'purchases', 'purchases', '<=', 0],
        [
            'product_researchers', 'page views', 'page_views', '<=',
            setting('researcher_max_pages'),
        ],
        [
            'product_researchers', 'seconds on one product page', 'longest_product_view_seconds',
            '>=', setting('researcher_min_product_seconds'),
        ],
        ['impulse_buyers', 'purchases', 'purchases', '>=', 1],
        [
            'impulse_buyers', 'product pages', 'product_page_views', '<=',
            setting('impulse_max_product_pages'),
        ],
        ['wishlist_users', 'products added to favourites', 'favorites_added', '>=', 1],
    ], judged='session_key') }}
    union all
    {{ conditions(
        'visits', [['device_visitors', 'sessions from a known device', 'devices', '>=', 1]],
        segment_value='device_type', judged='session_key'
    ) }}
    union all
    {{ conditions(
        'pages', [['page_visitors', 'sessions with such a page', 'visits', '>=', 1]],
        segment_value='page_name', judged='session_key'
    ) }}
    union all
    {{ conditions('facts', [
        ['cart_abandoners', 'products left in the cart', 'products', '>=', 1],
        [
            'valuable_cart_abandoners', 'value of what was left in the cart', 'value_amount', '>=',
            'average_amount', 'value_amount * shop_orders >= shop_amount and shop_orders > 0',
        ],
        ['checkout_abandoners', 'checkouts left behind', 'checkouts', '>=', 1],
        ['one_shot_buyers', 'orders in 6 months', 'orders_6_months', '>=', 1],
        ['one_shot_buyers', 'sessions', 'sessions', '=', 1],
        [
            'psychological_owners', 'products ever put into the cart', 'cart_adds', '>=',
            setting('psychological_owner_min_adds'),
        ],
        ['psychological_owners', 'orders', 'orders', '<=', 0],
    ]) }}
    union all
    {{ conditions(
        'favorites', [
            [
                'favorites_low_stock', 'stock of a favourite', 'stock_quantity', '<=',
                setting('low_stock_max_units'),
            ],
        ],
        segment_value='product_id'
    ) }}
    union all
    {{ conditions(
        'seen', [
            [
                'recent_viewers', 'place among the products seen last', 'view_rank', '<=',
                setting('recent_view_products'),
            ],
            ['recent_viewers', 'purchases of it since', 'purchases', '<=', 0],
        ],
        segment_value='product_id'
    ) }}
)

{{ why('judgements') }}
