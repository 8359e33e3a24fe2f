-- What each person left in the cart in the last `cart_days` days: products added and not removed
-- since, and checkouts begun, with neither an order nor a purchase at or after it.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

shop as (
    select *
    from {{ ref('int_shop_orders') }}
),

last_purchases as (
    select
        web.person_id,
        greatest(web.last_purchased_at, orders.last_order_at) as last_purchased_at
    from {{ ref('int_person_web') }} as web
    left join {{ ref('int_person_orders') }} as orders on web.person_id = orders.person_id
),

events as (
    select events.*
    from {{ ref('int_person_events') }} as events
    inner join last_purchases on events.person_id = last_purchases.person_id
    cross join as_of
    where
        events.event_name in ('add_to_cart', 'remove_from_cart', 'begin_checkout')
        and events.occurred_on > {{ add_days('as_of.as_of_on', -1 * setting('cart_days')) }}
        and (
            events.occurred_at > last_purchases.last_purchased_at
            or last_purchases.last_purchased_at is null
        )
),

ranked as (
    select
        person_id,
        product_id,
        event_name,
        occurred_at,
        occurred_on,
        row_number() over (
            partition by person_id, product_id
            order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as newest_first
    from events
    where
        event_name <> 'begin_checkout'
        and product_id is not null
),

products_left as (
    select
        ranked.person_id,
        ranked.occurred_at,
        ranked.occurred_on,
        -- of this product and of all that was left on its day or later
        cast(
            sum(cast(coalesce(products.unit_price, 0) as decimal(18, 4))) over (
                partition by ranked.person_id order by ranked.occurred_on desc
                range between unbounded preceding and current row
            ) as decimal(18, 4)
        ) as value_since
    from ranked
    inner join {{ ref('stg_shop__products') }} as products
        on ranked.product_id = products.product_id
    where
        ranked.newest_first = 1
        and ranked.event_name = 'add_to_cart'
),

left_behind as (
    select
        products_left.person_id,
        1 as products,
        0 as checkouts,
        products_left.occurred_at,
        products_left.occurred_on,
        products_left.value_since,
        products_left.value_since * shop.orders_12_months
        >= case when shop.orders_12_months > 0 then shop.order_value_12_months_amount end
            as is_valuable
    from products_left
    cross join shop
    union all
    select
        person_id,
        0 as products,
        1 as checkouts,
        occurred_at,
        occurred_on,
        null as value_since,
        null as is_valuable
    from events
    where event_name = 'begin_checkout'
)

select
    person_id,
    cast(sum(products) as integer) as products,
    max(case when products = 1 then occurred_at end) as last_added_at,
    max(case when products = 1 then occurred_on end) as last_added_on,
    cast(max(value_since) as decimal(18, 4)) as value_amount,
    max(case when is_valuable then occurred_on end) as valuable_since_on,
    cast(sum(checkouts) as integer) as checkouts,
    max(case when checkouts = 1 then occurred_at end) as last_checkout_at,
    max(case when checkouts = 1 then occurred_on end) as last_checkout_on
from left_behind
group by person_id
