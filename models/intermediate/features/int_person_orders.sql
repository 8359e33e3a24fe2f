with

as_of as (
    select *
    from {{ ref('as_of') }}
),

orders as (
    select *
    from {{ ref('int_orders') }}
    where
        is_valid
        and person_id is not null
),

people as (
    select
        orders.person_id,
        count(*) as orders,
        count(distinct orders.ordered_on) as purchases,
        min(orders.ordered_at) as first_order_at,
        max(orders.ordered_at) as last_order_at,
        min(orders.ordered_on) as first_order_on,
        max(orders.ordered_on) as last_order_on,
        sum(orders.gross_amount) as gross_amount,
        sum(orders.discount_amount) as discount_amount,
        sum(orders.order_value_amount) as order_value_amount,
        sum(orders.refund_amount) as refund_amount,
        sum(orders.net_revenue_amount) as net_revenue_amount,
        count(*) filter (where orders.ordered_on >= as_of.last_12_months_from) as orders_12_months,
        count(*) filter (where orders.ordered_on >= as_of.last_6_months_from) as orders_6_months,
        count(*) filter (where orders.ordered_on >= as_of.last_3_months_from) as orders_3_months,
        count(*) filter (where orders.ordered_on >= as_of.last_30_days_from) as orders_30_days,
        coalesce(
            sum(orders.net_revenue_amount) filter (
                where orders.ordered_on >= as_of.last_12_months_from
            ),
            0
        ) as net_revenue_12_months_amount
    from orders
    cross join as_of
    group by orders.person_id
),

loyal_days as (
    select
        purchases.person_id,
        count(*) as purchases
    from {{ ref('int_purchases') }} as purchases
    cross join as_of
    where purchases.purchased_on > {{ add_days('as_of.as_of_on', -1 * setting('loyal_days')) }}
    group by purchases.person_id
)

select
    people.person_id,
    cast(people.orders as integer) as orders,
    cast(people.purchases as integer) as purchases,
    cast(coalesce(loyal_days.purchases, 0) as integer) as purchases_in_loyal_days,
    people.first_order_at,
    people.last_order_at,
    people.first_order_on,
    people.last_order_on,
    {{ days_between('people.last_order_on', 'as_of.as_of_on') }} as days_since_last_order,
    {{ days_between('people.first_order_on', 'as_of.as_of_on') }} as tenure_days,
    cast(people.gross_amount as decimal(38, 4)) as gross_amount,
    cast(people.discount_amount as decimal(38, 4)) as discount_amount,
    cast(people.order_value_amount as decimal(38, 4)) as order_value_amount,
    cast(people.refund_amount as decimal(38, 4)) as refund_amount,
    cast(people.net_revenue_amount as decimal(38, 4)) as net_revenue_amount,
    {{ rounded_ratio('people.order_value_amount', 'people.orders') }} as average_order_value_amount,
    cast(people.orders_12_months as integer) as orders_12_months,
    cast(people.orders_6_months as integer) as orders_6_months,
    cast(people.orders_3_months as integer) as orders_3_months,
    cast(people.orders_30_days as integer) as orders_30_days,
    cast(people.net_revenue_12_months_amount as decimal(38, 4)) as net_revenue_12_months_amount
from people
cross join as_of
left join loyal_days on people.person_id = loyal_days.person_id
