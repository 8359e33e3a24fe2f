{{ config(tags=['heavy']) }}

-- The products whose page was viewed last, but not those that were ordered at or after the
-- view; they keep their rank.
with

events as (
    {{ recounted_events() | indent }}
),

days as (
    {{ recounted_days_of(setting('recent_view_days'), 'days') | indent }}
),

views as (
    select
        events.person_id,
        events.product_id,
        events.occurred_at,
        days.leaves_on,
        row_number() over (
            partition by events.person_id, events.product_id
            order by events.occurred_at desc, {{ byte_order('events.event_id') }} desc
        ) as views_since,
        events.event_id
    from events
    inner join days on events.occurred_on = days.counted_on
    where
        events.event_name = 'page_view'
        and events.page_type = 'product'
        and events.person_id is not null
        and events.product_id is not null
),

ranked as (
    select
        person_id,
        product_id,
        occurred_at,
        leaves_on,
        row_number() over (
            partition by person_id
            order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as place
    from views
    where views_since = 1
),

recounted as (
    select
        ranked.person_id,
        ranked.product_id as segment_value,
        cast(ranked.place as decimal(18, 4)) as evidence,
        ranked.occurred_at as evidence_at,
        ranked.leaves_on as expires_on
    from ranked
    where
        ranked.place <= {{ setting('recent_view_products') }}
        and not exists (
            select orders.order_id
            from {{ ref('orders') }} as orders
            inner join {{ ref('order_lines') }} as order_lines
                on orders.order_id = order_lines.order_id
            where
                orders.is_valid
                and orders.person_id = ranked.person_id
                and orders.ordered_at >= ranked.occurred_at
                and order_lines.product_id = ranked.product_id
                and order_lines.quantity > 0
        )
)

{{ members_that_differ(ref('recent_viewers')) }}
