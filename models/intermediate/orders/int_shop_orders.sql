-- What an average order in a window is worth, as a sum and a count, so that rules compare exactly.
-- Orders of erased persons are included.
select
    cast(count(*) filter (where orders.ordered_on >= as_of.last_30_days_from) as integer)
        as orders_30_days,
    cast(
        coalesce(
            sum(orders.order_value_amount) filter (
                where orders.ordered_on >= as_of.last_30_days_from
            ),
            0
        ) as decimal(38, 4)
    ) as order_value_30_days_amount,
    cast(count(*) as integer) as orders_12_months,
    cast(coalesce(sum(orders.order_value_amount), 0) as decimal(38, 4))
        as order_value_12_months_amount
from {{ ref('int_orders') }} as orders
cross join {{ ref('as_of') }} as as_of
where
    orders.is_valid
    and orders.ordered_on >= as_of.last_12_months_from
