-- Logarithms are kept as decimals, whose sums are the same in whatever order they are added.
with

buyers as (
    select
        person_id,
        orders - 1 as repeat_orders,
        purchases - 1 as repeat_purchases,
        {{ days_between('first_order_on', 'last_order_on') }} as recency_days,
        tenure_days
    from {{ ref('int_person_orders') }}
),

order_counts as (
    select
        repeat_orders,
        count(*) as people
    from buyers
    group by repeat_orders
),

running as (
    select
        repeat_orders,
        sum(people) over (order by repeat_orders) as people_so_far,
        sum(people) over () as people
    from order_counts
),

-- 99 of 100 buyers have at most so many, and one is the least that says something
common as (
    select greatest(min(repeat_orders), 1) as most_repeat_orders
    from running
    where 100 * people_so_far >= 99 * people
),

paid as (
    select
        person_id,
        purchase_number,
        order_value_amount,
        cast(ln({{ as_double('order_value_amount') }}) as decimal(18, 12)) as log_amount
    from {{ ref('int_purchases') }}
    where order_value_amount > 0
),

spend as (
    select
        person_id,
        count(*) as paid_purchases,
        sum(log_amount) as log_amount,
        sum(log_amount * log_amount) as log_amount_squared,
        count(*) filter (where purchase_number > 1) as repeat_paid_purchases,
        sum(order_value_amount) filter (where purchase_number > 1) as repeat_paid_amount
    from paid
    group by person_id
)

select
    buyers.person_id,
    buyers.repeat_purchases,
    buyers.recency_days,
    buyers.tenure_days,
    buyers.repeat_orders > {{ setting('prediction_outlier_multiple') }} * common.most_repeat_orders
        as is_outlier,
    cast(coalesce(spend.paid_purchases, 0) as integer) as paid_purchases,
    cast(coalesce(spend.log_amount, 0) as decimal(38, 12)) as log_amount,
    cast(coalesce(spend.log_amount_squared, 0) as decimal(38, 20)) as log_amount_squared,
    cast(coalesce(spend.repeat_paid_purchases, 0) as integer) as repeat_paid_purchases,
    cast(coalesce(spend.repeat_paid_amount, 0) as decimal(18, 4)) as repeat_paid_amount
from buyers
cross join common
left join spend on buyers.person_id = spend.person_id
