-- What was left in the cart in the last `cart_days` days. It ends when the first product leaves
-- without which the rest is worth too little.
with

left_in_cart as (
    select
        steps.person_id,
        steps.occurred_at,
        steps.occurred_on,
        -- of this product and everything left on its day or later
        cast(
            sum(cast(coalesce(steps.unit_price, 0) as decimal(18, 4))) over (
                partition by steps.person_id order by steps.occurred_on desc
                range between unbounded preceding and current row
            ) as decimal(38, 4)
        ) as value_since_amount,
        shop.orders_12_months as shop_orders,
        shop.order_value_12_months_amount as shop_amount
    from {{ ref('int_person_recent_cart_steps') }} as steps
    cross join {{ ref('int_shop_orders') }} as shop
    where
        steps.event_name = 'add_to_cart'
        and (steps.occurred_at > steps.last_purchased_at or steps.last_purchased_at is null)
)

select
    person_id,
    '' as segment_value,
    {{ evidence_of('max(value_since_amount)') }} as evidence,
    max(occurred_at) as evidence_at,
    {{ leaves_days(
        'max(occurred_on) filter (where value_since_amount * shop_orders >= shop_amount)',
        setting('cart_days'),
    ) }} as expires_on
from left_in_cart
where shop_orders > 0
group by
    person_id,
    shop_orders,
    shop_amount
having max(value_since_amount) * shop_orders >= shop_amount
