-- What a person bought of each category in the last 12 months, beside the shop's mean amount.
with

-- An erased person's orders count in the mean.
orders as (
    select
        lines.order_id,
        lines.person_id,
        lines.category,
        lines.ordered_at,
        lines.ordered_on,
        cast(sum(lines.quantity) as decimal(18, 4)) as units,
        cast(sum(lines.line_amount) as decimal(18, 4)) as amount
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

means as (
    select
        category,
        cast(count(*) as integer) as orders,
        cast(sum(amount) as decimal(18, 4)) as amount
    from orders
    group by category
),

judged as (
    select
        orders.person_id,
        orders.category,
        orders.ordered_at,
        orders.ordered_on,
        orders.units,
        orders.amount,
        orders.amount * means.orders
        > (1 + {{ setting('big_basket_uplift') }}) * means.amount as is_big,
        -- of that day and all later ones
        sum(orders.units) over (
            partition by orders.person_id, orders.category order by orders.ordered_on desc
        ) as units_since
    from orders
    inner join means on orders.category = means.category
    where orders.person_id is not null
)

select
    person_id,
    category,
    cast(sum(units) as decimal(18, 4)) as units,
    max(ordered_at) filter (where units > 0) as last_ordered_at,
    max(ordered_on) filter (
        where units_since >= {{ setting('category_repeat_min_units') }}
    ) as repeat_order_on,
    cast(
        {{ last_known_value('case when is_big then amount end', ['ordered_at', 'amount']) }}
        as decimal(18, 4)
    ) as big_order_amount,
    max(ordered_at) filter (where is_big) as big_order_at,
    max(ordered_on) filter (where is_big) as big_order_on
from judged
group by
    person_id,
    category
