{#- What happened on the web, and in whose sessions, read a second time for the tests. -#}

{% macro recounted_events() -%}
    {#-
    The events up to the as-of date with the session that they are part of and with the person
    who did it: the customer that the event names, else the person of its session.

    Returns: SQL query: event_id, event_name, occurred_at, occurred_on, page_type, product_id
    (null where the shop does not have it), person_id (null where nobody's or erased).
    -#}
    select
        events.event_id,
        events.event_name,
        events.occurred_at,
        events.occurred_on,
        events.page_type,
        products.product_id,
        case when customers.key_value is null then sessions.person_id else customers.person_id end
            as person_id
    from {{ ref('stg_web__events') }} as events
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('sessions') }} as sessions
        on
            {{ is_of_session() | indent(12) }}
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and events.customer_id = customers.key_value
    left join {{ ref('stg_shop__products') }} as products on events.product_id = products.product_id
    where events.occurred_on <= as_of.as_of_on
{%- endmacro %}


{% macro is_of_session() -%}
    {#-
    Whether an event is part of a session. The tracker names the session, or the sessions of a
    visitor follow each other and share no moment.

    Returns: SQL condition over `events` (staged) and `sessions`.
    -#}
    events.visitor_id = sessions.visitor_id
    and coalesce(events.session_id, '') = coalesce(sessions.session_id, '')
    and events.occurred_at between sessions.started_at and sessions.ended_at
{%- endmacro %}


{% macro recounted_purchase_events() -%}
    {#-
    The purchase events that count: without an order they all do; of an order the first one
    does, unless the order is known and not valid.

    Returns: SQL query: event_id.
    -#}
    select events.event_id
    from {{ ref('stg_web__events') }} as events
    cross join {{ ref('as_of') }} as as_of
    where
        events.event_name = 'purchase'
        and events.order_id is null
        and events.occurred_on <= as_of.as_of_on
    union all
    select firsts.event_id
    from (
        select
            events.event_id,
            events.order_id,
            row_number() over (
                partition by events.order_id
                order by events.occurred_at, {{ byte_order('events.event_id') }}
            ) as place
        from {{ ref('stg_web__events') }} as events
        cross join {{ ref('as_of') }} as as_of
        where
            events.event_name = 'purchase'
            and events.order_id is not null
            and events.occurred_on <= as_of.as_of_on
    ) as firsts
    left join {{ ref('orders') }} as orders on firsts.order_id = orders.order_id
    where
        firsts.place = 1
        and (orders.order_id is null or orders.is_valid)
{%- endmacro %}


{% macro recounted_session_events() -%}
    {#-
    The events of the sessions that the rules of sessions look at, in their order.

    Returns: SQL query: session_key, person_id (of the session), started_at, leaves_on (the
    first day whose window lacks the session), event_name, occurred_at, page_url, page_type,
    traffic_source, traffic_medium, traffic_campaign, device_type, place (1 for the first
    event), next_at (time of the session's next event; null for the last), is_purchase (1 where
    a purchase that counts, else 0).
    -#}
    select
        sessions.session_key,
        sessions.person_id,
        sessions.started_at,
        days.leaves_on,
        events.event_name,
        events.occurred_at,
        events.page_url,
        events.page_type,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.device_type,
        row_number() over (
            partition by sessions.session_key
            order by events.occurred_at, {{ byte_order('events.event_id') }}
        ) as place,
        lead(events.occurred_at) over (
            partition by sessions.session_key
            order by events.occurred_at, {{ byte_order('events.event_id') }}
        ) as next_at,
        case when purchases.event_id is null then 0 else 1 end as is_purchase
    from {{ ref('sessions') }} as sessions
    inner join (
        {{ recounted_days_of(setting('session_lookback_days'), 'days') | indent(8) }}
    ) as days on sessions.started_on = days.counted_on
    inner join {{ ref('stg_web__events') }} as events
        on
            {{ is_of_session() | indent(12) }}
    left join (
        {{ recounted_purchase_events() | indent(8) }}
    ) as purchases on events.event_id = purchases.event_id
    where sessions.person_id is not null
{%- endmacro %}


{% macro recounted_sessions() -%}
    {#-
    The sessions that the rules of sessions look at, and how often what happened in them.

    Returns: SQL query: session_key, person_id, started_at, leaves_on, recommendation_clicks,
    searches, chats, favorites, page_views, product_pages, purchases, first_searched_at,
    first_chat_at, first_purchased_at, last_purchased_at, microseconds (from the first event to
    the last), longest_product_microseconds (on one product page; null without one).
    -#}
    {%- set product_page = "event_name = 'page_view' and page_type = 'product'" -%}
    select
        session_key,
        person_id,
        started_at,
        leaves_on,
        {% for name, events in {
            'recommendation_clicks': 'recommendation_click',
            'searches': 'search',
            'chats': 'chat_started',
            'favorites': 'add_to_favorites',
            'page_views': 'page_view',
        }.items() -%}
        sum(case when event_name = '{{ events }}' then 1 else 0 end) as {{ name }},
        {% endfor -%}
        sum(case when {{ product_page }} then 1 else 0 end) as product_pages,
        sum(is_purchase) as purchases,
        min(case when event_name = 'search' then occurred_at end) as first_searched_at,
        min(case when event_name = 'chat_started' then occurred_at end) as first_chat_at,
        min(case when is_purchase = 1 then occurred_at end) as first_purchased_at,
        max(case when is_purchase = 1 then occurred_at end) as last_purchased_at,
        {{ microseconds_between('min(occurred_at)', 'max(occurred_at)') }} as microseconds,
        max(
            case
                when {{ product_page }}
                    then coalesce({{ microseconds_between('occurred_at', 'next_at') }}, 0)
            end
        ) as longest_product_microseconds
    from (
        {{ recounted_session_events() | indent(8) }}
    ) as events
    group by
        session_key,
        person_id,
        started_at,
        leaves_on
{%- endmacro %}


{% macro recounted_arrivals() -%}
    {#-
    Where the sessions came from that the rules of sessions look at: what their first event
    says.

    Returns: SQL query: person_id, started_at, leaves_on, traffic_source, traffic_medium,
    traffic_campaign, device_type, counts (1).
    -#}
    select
        events.person_id,
        events.started_at,
        events.leaves_on,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.device_type,
        1 as counts
    from (
        {{ recounted_session_events() | indent(8) }}
    ) as events
    where events.place = 1
{%- endmacro %}


{% macro recounted_kept(added, removed) -%}
    {#-
    What persons have added and not removed since, of known products: the last thing that they
    did with the product is to add it.

    Arguments: added, removed (event names).
    Returns: SQL query: person_id, product_id, added_at, added_on.
    -#}
    select
        person_id,
        product_id,
        occurred_at as added_at,
        occurred_on as added_on
    from (
        select
            events.person_id,
            events.product_id,
            events.event_name,
            events.occurred_at,
            events.occurred_on,
            row_number() over (
                partition by events.person_id, events.product_id
                order by events.occurred_at desc, {{ byte_order('events.event_id') }} desc
            ) as place
        from (
            {{ recounted_events() | indent(12) }}
        ) as events
        where
            events.event_name in ('{{ added }}', '{{ removed }}')
            and events.person_id is not null
            and events.product_id is not null
    ) as acts
    where
        place = 1
        and event_name = '{{ added }}'
{%- endmacro %}


{% macro recounted_acquisitions() -%}
    {#-
    When persons bought: their orders, and the purchases that the tracker saw.

    Returns: SQL query: person_id, bought_at.
    -#}
    select
        person_id,
        ordered_at as bought_at
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
    union all
    select
        events.person_id,
        events.occurred_at as bought_at
    from (
        {{ recounted_events() | indent(8) }}
    ) as events
    inner join (
        {{ recounted_purchase_events() | indent(8) }}
    ) as purchases on events.event_id = purchases.event_id
    where events.person_id is not null
{%- endmacro %}


{% macro recounted_left_products() -%}
    {#-
    The products that persons left in the cart: added lately, not removed since, and nothing
    bought at or after it.

    Returns: SQL query: person_id, product_id, added_at, leaves_on (the first day whose window
    lacks the add).
    -#}
    select
        kept.person_id,
        kept.product_id,
        kept.added_at,
        days.leaves_on
    from (
        {{ recounted_kept('add_to_cart', 'remove_from_cart') | indent(8) }}
    ) as kept
    inner join (
        {{ recounted_days_of(setting('cart_days'), 'days') | indent(8) }}
    ) as days on kept.added_on = days.counted_on
    left join (
        {{ recounted_last_acquisitions() | indent(8) }}
    ) as bought on kept.person_id = bought.person_id
    where
        bought.last_bought_at is null
        or bought.last_bought_at < kept.added_at
{%- endmacro %}


{% macro recounted_last_acquisitions() -%}
    {#- Returns: SQL query: person_id, last_bought_at (by `recounted_acquisitions`). -#}
    select
        acquisitions.person_id,
        max(acquisitions.bought_at) as last_bought_at
    from (
        {{ recounted_acquisitions() | indent(8) }}
    ) as acquisitions
    group by acquisitions.person_id
{%- endmacro %}
