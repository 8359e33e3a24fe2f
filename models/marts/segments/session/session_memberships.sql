{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'recommendation_browsers',
    'recommendation_converters',
    'chat_converters',
    'search_converters',
    'search_abandoners',
    'cart_abandoners',
    'valuable_cart_abandoners',
    'checkout_abandoners',
    'fast_deciders',
    'browsers',
    'product_researchers',
    'one_shot_buyers',
    'psychological_owners',
    'impulse_buyers',
    'wishlist_users',
    'favorites_low_stock',
    'device_visitors',
    'page_visitors',
    'recent_viewers',
]) }}
