{{ config(tags=['proof']) }}

-- What persons, contacts or not, did on the web.
{%- set clicks_enough = 'recommendation_clicks >= ' ~ setting('recommendation_min_clicks') %}
{%- set to_purchase = microseconds_between('started_at', 'first_purchased_at') %}
{%- set sessions_that_qualify = [
    (
        'browsers',
        'purchases = 0 and microseconds >= ' ~ millionths(setting('browser_min_seconds')),
        recounted_ratio(wide('microseconds'), wide(1000000)),
    ),
    ('chat_converters', 'last_purchased_at >= first_chat_at', 'chats'),
    (
        'fast_deciders',
        to_purchase ~ ' <= 60 * ' ~ wide(millionths(setting('fast_decider_max_minutes'))),
        recounted_ratio(wide(to_purchase), wide(60 * 1000000)),
    ),
    (
        'impulse_buyers',
        'purchases > 0 and product_pages <= ' ~ setting('impulse_max_product_pages'),
        'product_pages',
    ),
    (
        'product_researchers',
        'page_views <= ' ~ setting('researcher_max_pages') ~ ' and longest_product_microseconds >= '
        ~ millionths(setting('researcher_min_product_seconds')),
        'page_views',
    ),
    ('recommendation_browsers', clicks_enough ~ ' and purchases = 0', 'recommendation_clicks'),
    ('recommendation_converters', clicks_enough ~ ' and purchases > 0', 'recommendation_clicks'),
    (
        'search_abandoners',
        'searches >= ' ~ setting('search_abandoners_min_searches') ~ ' and purchases = 0',
        'searches',
    ),
    (
        'search_converters',
        'searches >= ' ~ setting('search_converters_min_searches')
        ~ ' and last_purchased_at >= first_searched_at',
        'searches',
    ),
    ('wishlist_users', 'favorites >= 1', 'favorites'),
] %}
with

qualifying as (
    {% for segment, condition, evidence in sessions_that_qualify -%}
    select
        '{{ segment }}' as segment,
        person_id,
        '' as segment_value,
        started_at as happened_at,
        leaves_on,
        {{ evidence }} as evidence
    from {{ ref('proof_sessions') }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- each of these sessions counts, whatever happened on a page like the pattern
visits as (
    select
        'device_visitors' as segment,
        session_key,
        person_id,
        device_type as segment_value,
        started_at,
        leaves_on
    from {{ ref('proof_sessions') }}
    where device_type is not null
    {% for name, pattern in setting('page_patterns').items() -%}
    union
    select
        'page_visitors' as segment,
        sessions.session_key,
        sessions.person_id,
        {{ sql_text(name) }} as segment_value,
        sessions.started_at,
        sessions.leaves_on
    from {{ ref('proof_sessions') }} as sessions
    inner join {{ ref('proof_events') }} as events on sessions.session_key = events.session_key
    where events.page_url like {{ sql_text(pattern) }}
    {% endfor -%}
),

-- a person's orders, and the purchases that the tracker saw
bought as (
    select
        person_id,
        max(bought_at) as last_bought_at
    from (
        select
            person_id,
            ordered_at as bought_at
        from {{ ref('proof_orders') }}
        union all
        select
            person_id,
            occurred_at as bought_at
        from {{ ref('proof_events') }}
        where is_purchase
    ) as acquisitions
    group by person_id
),

-- for a known product the last act counts: it is kept if that act added it
acts as (
    select
        person_id,
        product_id,
        event_name,
        occurred_at as added_at,
        occurred_on as added_on,
        days_ago,
        row_number() over (
            partition by
                person_id,
                product_id,
                case when event_name in ('add_to_cart', 'remove_from_cart') then 1 else 0 end
            order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as place
    from {{ ref('proof_events') }}
    where
        person_id is not null
        and product_id is not null
        and event_name in (
            'add_to_cart', 'remove_from_cart', 'add_to_favorites', 'remove_from_favorites'
        )
),

-- left in the cart: added lately, and nothing bought at or after it
left_products as (
    select
        acts.person_id,
        acts.added_at,
        {{ add_days('acts.added_on', setting('cart_days')) }} as leaves_on,
        -- a price is money, of 4 decimals
        cast(coalesce(products.unit_price, 0) as decimal(18, 4)) as unit_price
    from acts
    inner join {{ ref('stg_shop__products') }} as products on acts.product_id = products.product_id
    left join bought on acts.person_id = bought.person_id
    where
        acts.place = 1
        and acts.event_name = 'add_to_cart'
        and acts.days_ago < {{ setting('cart_days') }}
        and (bought.last_bought_at is null or bought.last_bought_at < acts.added_at)
),

single_visitors as (
    select person_id
    from {{ ref('sessions') }}
    where person_id is not null
    group by person_id
    having count(*) = 1
),

counted as (
    select
        segment,
        person_id,
        segment_value,
        started_at as happened_at,
        leaves_on,
        1 as counts,
        1 as needed
    from visits
    union all
    select
        'cart_abandoners' as segment,
        person_id,
        '' as segment_value,
        added_at as happened_at,
        leaves_on,
        1 as counts,
        1 as needed
    from left_products
    union all
    select
        'checkout_abandoners' as segment,
        events.person_id,
        '' as segment_value,
        events.occurred_at as happened_at,
        {{ add_days('events.occurred_on', setting('cart_days')) }} as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_events') }} as events
    left join bought on events.person_id = bought.person_id
    where
        events.event_name = 'begin_checkout'
        and events.days_ago < {{ setting('cart_days') }}
        and (bought.last_bought_at is null or bought.last_bought_at < events.occurred_at)
    union all
    select
        'one_shot_buyers' as segment,
        orders.person_id,
        '' as segment_value,
        orders.ordered_at as happened_at,
        orders.leaves_6_months_on as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_orders') }} as orders
    inner join single_visitors on orders.person_id = single_visitors.person_id
    where orders.leaves_6_months_on is not null
    union all
    select
        'psychological_owners' as segment,
        events.person_id,
        '' as segment_value,
        events.occurred_at as happened_at,
        cast(null as date) as leaves_on,
        1 as counts,
        {{ setting('psychological_owner_min_adds') }} as needed
    from {{ ref('proof_events') }} as events
    left join {{ ref('proof_buyers') }} as buyers on events.person_id = buyers.person_id
    where
        events.event_name = 'add_to_cart'
        and buyers.person_id is null
),

-- the value of what was left is tried again on each day on which an add leaves the window
mean_12_months as (
    select
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(order_value_amount)', 10000) }} as order_value
    from {{ ref('proof_orders') }}
    where leaves_12_months_on is not null
),

days as (
    select
        left_products.person_id,
        as_of.as_of_on as tried_on
    from left_products
    cross join {{ ref('as_of') }} as as_of
    union
    select
        person_id,
        leaves_on as tried_on
    from left_products
),

tried as (
    select
        days.person_id,
        days.tried_on,
        count(left_products.added_at) as products,
        coalesce(sum(left_products.unit_price), 0) as amount,
        max(left_products.added_at) as last_added_at
    from days
    left join left_products
        on
            days.person_id = left_products.person_id
            and days.tried_on < left_products.leaves_on
    group by
        days.person_id,
        days.tried_on
),

judged as (
    select
        tried.person_id,
        tried.tried_on,
        tried.amount,
        tried.last_added_at,
        tried.products > 0
        and mean_12_months.orders > 0
        and {{ in_units('tried.amount', 10000) }} * mean_12_months.orders
        >= coalesce(mean_12_months.order_value, 0) as is_member
    from tried
    cross join mean_12_months
),

ends as (
    select
        person_id,
        min(tried_on) as expires_on
    from judged
    where not is_member
    group by person_id
),

-- the products whose page was viewed last
viewed as (
    select
        person_id,
        product_id,
        occurred_at,
        occurred_on,
        event_id,
        row_number() over (
            partition by person_id, product_id
            order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as views_since
    from {{ ref('proof_events') }}
    where
        event_name = 'page_view'
        and page_type = 'product'
        and person_id is not null
        and product_id is not null
        and days_ago < {{ setting('recent_view_days') }}
),

ranked as (
    select
        person_id,
        product_id,
        occurred_at,
        occurred_on,
        row_number() over (
            partition by person_id
            order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as place
    from viewed
    where views_since = 1
),

recounted as (
    {{ recounted_newest('qualifying') }}
    union all
    {{ recounted_members('counted') }}
    union all
    select
        'valuable_cart_abandoners' as segment,
        judged.person_id,
        '' as segment_value,
        judged.amount as evidence,
        judged.last_added_at as evidence_at,
        ends.expires_on
    from judged
    inner join {{ ref('as_of') }} as as_of on judged.tried_on = as_of.as_of_on
    left join ends on judged.person_id = ends.person_id
    where judged.is_member
    union all
    select
        'favorites_low_stock' as segment,
        acts.person_id,
        acts.product_id as segment_value,
        products.stock_quantity as evidence,
        acts.added_at as evidence_at,
        cast(null as date) as expires_on
    from acts
    inner join {{ ref('stg_shop__products') }} as products on acts.product_id = products.product_id
    where
        acts.place = 1
        and acts.event_name = 'add_to_favorites'
        and products.stock_quantity <= {{ setting('low_stock_max_units') }}
    union all
    -- products that were ordered at or after the view keep their rank, but are not shown
    select
        'recent_viewers' as segment,
        ranked.person_id,
        ranked.product_id as segment_value,
        ranked.place as evidence,
        ranked.occurred_at as evidence_at,
        {{ add_days('ranked.occurred_on', setting('recent_view_days')) }} as expires_on
    from ranked
    where
        ranked.place <= {{ setting('recent_view_products') }}
        and not exists (
            select orders.order_id
            from {{ ref('proof_orders') }} as orders
            inner join {{ ref('order_lines') }} as order_lines
                on orders.order_id = order_lines.order_id
            where
                orders.person_id = ranked.person_id
                and orders.ordered_at >= ranked.occurred_at
                and order_lines.product_id = ranked.product_id
                and order_lines.quantity > 0
        )
)

{{ members_that_differ(ref('session_memberships')) }}
