select
    orders.order_id,
    orders.person_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.order_value_amount,
    cast(count(*) over of_the_person as integer) as orders_30_days,
    cast(sum(orders.order_value_amount) over of_the_person as decimal(38, 4))
        as order_value_30_days_amount,
    cast(count(*) over of_the_person - count(*) over up_to_the_day as integer) as later_orders,
    cast(
        sum(orders.order_value_amount) over of_the_person
        - sum(orders.order_value_amount) over up_to_the_day
        as decimal(38, 4)
    ) as later_order_value_amount
from {{ ref('int_orders') }} as orders
cross join {{ ref('as_of') }} as as_of
where
    orders.is_valid
    and orders.person_id is not null
    and orders.ordered_on >= as_of.last_30_days_from
window
    of_the_person as (partition by orders.person_id),
    up_to_the_day as (partition by orders.person_id order by orders.ordered_on)
