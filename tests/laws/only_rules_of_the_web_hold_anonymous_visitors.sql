{{ config(tags=['proof']) }}

-- An anonymous visitor can only be in segments about what happened on the site; all others hold
-- contacts.
select
    members.segment,
    members.segment_value,
    members.person_id
from {{ ref('segment_memberships') }} as members
left join {{ ref('all_customers') }} as contacts on members.person_id = contacts.person_id
where
    contacts.person_id is null
    and members.segment not in (
        'affiliate_visitors',
        'browsers',
        'cart_abandoners',
        'chat_converters',
        'checkout_abandoners',
        'device_visitors',
        'email_visitors',
        'fast_deciders',
        'favorites_low_stock',
        'impulse_buyers',
        'newsletter_subscribers',
        'page_visitors',
        'product_researchers',
        'psychological_owners',
        'recent_viewers',
        'recommendation_browsers',
        'recommendation_converters',
        'registered_visitors',
        'search_abandoners',
        'search_converters',
        'valuable_cart_abandoners',
        'wishlist_users'
    )
