-- The baskets of the last 30 days beside the shop's average. Averages are compared multiplied out.
with

as_of as (
    select last_30_days_from
    from {{ ref('as_of') }}
),

shop as (
    select *
    from {{ ref('int_shop_orders') }}
),

orders as (
    select
        orders.person_id,
        orders.ordered_at,
        orders.ordered_on,
        orders.order_value_amount,
        orders.order_value_amount * shop.orders_30_days
        > (1 + {{ setting('big_basket_uplift') }}) * shop.order_value_30_days_amount as is_big
    from {{ ref('int_orders') }} as orders
    cross join as_of
    cross join shop
    where
        orders.is_valid
        and orders.person_id is not null
        and orders.ordered_on >= as_of.last_30_days_from
),

days as (
    select
        person_id,
        ordered_on,
        cast(count(*) as integer) as orders,
        cast(sum(order_value_amount) as decimal(18, 4)) as order_value_amount
    from orders
    group by
        person_id,
        ordered_on
),

-- What is left in the window when a day leaves it.
later_days as (
    select
        person_id,
        ordered_on,
        cast((sum(orders) over day_and_later) - orders as integer) as orders,
        cast((sum(order_value_amount) over day_and_later) - order_value_amount as decimal(18, 4))
            as order_value_amount
    from days
    window day_and_later as (partition by person_id order by ordered_on desc)
),

small_baskets as (
    select
        later_days.person_id,
        min(later_days.ordered_on) as ends_with_on
    from later_days
    cross join shop
    where
        later_days.orders < {{ setting('frequent_small_min_orders') }}
        or later_days.order_value_amount * shop.orders_12_months
        >= shop.order_value_12_months_amount * later_days.orders
    group by later_days.person_id
),

people as (
    select
        person_id,
        count(*) as orders,
        sum(order_value_amount) as order_value_amount,
        max(ordered_at) as last_order_at,
        max(ordered_on) as last_order_on,
        max(ordered_at) filter (where is_big) as big_order_at,
        max(ordered_on) filter (where is_big) as big_order_on,
        {{ last_known_value(
            'case when is_big then order_value_amount end', ['ordered_at', 'order_value_amount']
        ) }} as big_order_value_amount
    from orders
    group by person_id
)

select
    people.person_id,
    cast(people.orders as integer) as orders,
    cast(people.order_value_amount as decimal(18, 4)) as order_value_amount,
    {{ rounded_ratio('people.order_value_amount', 'people.orders') }} as average_order_value_amount,
    people.last_order_at,
    people.last_order_on,
    cast(people.big_order_value_amount as decimal(18, 4)) as big_order_value_amount,
    people.big_order_at,
    people.big_order_on,
    small_baskets.ends_with_on as small_baskets_order_on
from people
inner join small_baskets on people.person_id = small_baskets.person_id
