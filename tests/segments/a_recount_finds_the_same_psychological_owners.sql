{{ config(tags=['heavy']) }}

-- Adds to the cart, of known products or not, by who has never ordered.
with

events as (
    {{ recounted_events() | indent }}
),

recounted as (
    select
        events.person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(events.occurred_at) as evidence_at,
        cast(null as date) as expires_on
    from events
    where
        events.event_name = 'add_to_cart'
        and events.person_id is not null
        and not exists (
            select orders.order_id
            from {{ ref('orders') }} as orders
            where
                orders.is_valid
                and orders.person_id = events.person_id
        )
    group by events.person_id
    having count(*) >= {{ setting('psychological_owner_min_adds') }}
)

{{ members_that_differ(ref('psychological_owners')) }}
