{{ config(tags=['heavy']) }}

-- Products left in the cart that cost, one of each, as much as the mean order of the last 12
-- months. The sum is tried again on each day on which an add leaves the window; the shop's mean
-- stays.
with

left_products as (
    {{ recounted_left_products() | indent }}
),

shop as (
    select
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(order_value_amount)', 1000000) }} as amount
    from (
        {{ recounted_orders(12, 'months') | indent(8) }}
    ) as of_the_year
),

priced as (
    select
        left_products.person_id,
        left_products.added_at,
        left_products.leaves_on,
        -- a price is money, of 4 decimals
        cast(coalesce(products.unit_price, 0) as decimal(18, 4)) as unit_price
    from left_products
    inner join {{ ref('stg_shop__products') }} as products
        on left_products.product_id = products.product_id
),

days as (
    select
        priced.person_id,
        as_of.as_of_on as tried_on
    from priced
    cross join {{ ref('as_of') }} as as_of
    union
    select
        person_id,
        leaves_on as tried_on
    from priced
),

tried as (
    select
        days.person_id,
        days.tried_on,
        count(priced.added_at) as products,
        coalesce(sum(priced.unit_price), 0) as amount,
        max(priced.added_at) as last_added_at
    from days
    left join priced
        on
            days.person_id = priced.person_id
            and days.tried_on < priced.leaves_on
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
        case
            when
                tried.products > 0
                and shop.orders > 0
                and {{ in_units('tried.amount', 1000000) }} * shop.orders >= shop.amount
                then 1
            else 0
        end as is_member
    from tried
    cross join shop
),

ends as (
    select
        person_id,
        min(tried_on) as expires_on
    from judged
    where is_member = 0
    group by person_id
),

recounted as (
    select
        judged.person_id,
        '' as segment_value,
        cast(judged.amount as decimal(18, 4)) as evidence,
        judged.last_added_at as evidence_at,
        ends.expires_on
    from judged
    inner join {{ ref('as_of') }} as as_of on judged.tried_on = as_of.as_of_on
    left join ends on judged.person_id = ends.person_id
    where judged.is_member = 1
)

{{ members_that_differ(ref('valuable_cart_abandoners')) }}
