with

orders as (
    select
        lines.order_id,
        lines.person_id,
        lines.category,
        lines.ordered_at,
        lines.ordered_on,
        sum(lines.quantity) as units,
        sum(lines.line_amount) as amount
    from {{ ref('int_order_lines') }} as lines
    cross join {{ ref('as_of') }} as as_of
    where
        lines.is_valid
        and lines.category is not null
        and lines.ordered_on >= as_of.last_12_months_from
    group by
        lines.order_id,
        lines.person_id,
        lines.category,
        lines.ordered_at,
        lines.ordered_on
),

-- An erased person's orders count in the category's mean.
compared as (
    select
        orders.*,
        count(*) over (partition by orders.category) as category_orders,
        sum(orders.amount) over (partition by orders.category) as category_amount,
        sum(orders.units) over (
            partition by orders.person_id, orders.category order by orders.ordered_on desc
        ) as units_since
    from orders
)

select
    order_id,
    person_id,
    category,
    ordered_at,
    ordered_on,
    cast(units as decimal(38, 4)) as units,
    cast(units_since as decimal(38, 4)) as units_since,
    cast(amount as decimal(38, 4)) as amount,
    cast(category_orders as integer) as category_orders_12_months,
    cast(category_amount as decimal(38, 4)) as category_amount_12_months
from compared
where person_id is not null
