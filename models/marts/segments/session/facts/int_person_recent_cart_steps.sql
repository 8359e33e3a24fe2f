-- What each person did with the cart in the last `cart_days` days: the newest add or removal of
-- each product, and each checkout; beside the person's newest order or purchase.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

ranked as (
    select
        events.*,
        row_number() over (
            partition by
                events.person_id,
                events.product_id,
                -- each checkout stands alone
                case events.event_name when 'begin_checkout' then events.event_id end
            order by events.occurred_at desc, {{ byte_order('events.event_id') }} desc
        ) as newest_first
    from {{ ref('int_person_events') }} as events
    cross join as_of
    where
        events.event_name in ('add_to_cart', 'remove_from_cart', 'begin_checkout')
        and events.occurred_on > {{ add_days('as_of.as_of_on', -1 * setting('cart_days')) }}
)

select
    steps.event_id,
    steps.person_id,
    steps.event_name,
    steps.product_id,
    products.unit_price,
    steps.occurred_at,
    steps.occurred_on,
    greatest(web.last_purchased_at, orders.last_order_at) as last_purchased_at
from ranked as steps
left join {{ ref('stg_shop__products') }} as products on steps.product_id = products.product_id
inner join {{ ref('int_person_web') }} as web on steps.person_id = web.person_id
left join {{ ref('int_person_orders') }} as orders on steps.person_id = orders.person_id
where
    steps.newest_first = 1
    and (steps.event_name = 'begin_checkout' or steps.product_id is not null)
