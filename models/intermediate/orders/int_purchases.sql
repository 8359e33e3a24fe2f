-- All orders of one local day are one purchase.
with

days as (
    select
        person_id,
        ordered_on as purchased_on,
        count(*) as orders,
        sum(order_value_amount) as order_value_amount,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('int_orders') }}
    where
        is_valid
        and person_id is not null
    group by
        person_id,
        ordered_on
)

select
    person_id,
    purchased_on,
    cast(row_number() over person_days as integer) as purchase_number,
    cast(orders as integer) as orders,
    cast(order_value_amount as decimal(38, 4)) as order_value_amount,
    cast(net_revenue_amount as decimal(38, 4)) as net_revenue_amount,
    min(purchased_on) over (partition by person_id) as first_purchased_on,
    lag(purchased_on) over person_days as previous_purchased_on,
    lead(purchased_on) over person_days as next_purchased_on,
    lag(purchased_on, {{ setting('loyal_min_purchases') - 1 }}) over person_days
        as loyal_purchased_on
from days
window person_days as (partition by person_id order by purchased_on)
