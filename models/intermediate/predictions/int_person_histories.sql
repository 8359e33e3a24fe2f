{#- long: every number that a model reads of a person, summed up once -#}
{%- set multiple = setting('prediction_outlier_multiple') -%}
with

purchases as (
    select
        *,
        case
            when order_value_amount > 0
                then cast(ln({{ as_double('order_value_amount') }}) as decimal(18, 12))
        end as log_amount
    from {{ ref('int_purchases') }}
),

-- sums of decimals, which are the same in whatever order they are added
buyers as (
    select
        each_day.days_ago,
        purchases.person_id,
        sum(purchases.orders) - 1 as repeat_orders,
        count(*) - 1 as repeat_purchases,
        {{ days_between('min(purchases.purchased_on)', 'max(purchases.purchased_on)') }}
            as recency_days,
        {{ days_between('min(purchases.purchased_on)', 'max(each_day.as_of_on)') }} as tenure_days,
        count(purchases.log_amount) as paid_purchases,
        sum(purchases.log_amount) as log_amount,
        sum(purchases.log_amount * purchases.log_amount) as log_amount_squared,
        count(purchases.log_amount) filter (where purchases.purchase_number > 1)
            as repeat_paid_purchases,
        sum(purchases.order_value_amount) filter (
            where purchases.purchase_number > 1 and purchases.log_amount is not null
        ) as repeat_paid_amount,
        sum(purchases.order_value_amount) as order_value_amount,
        sum(purchases.net_revenue_amount) as net_revenue_amount
    from purchases
    inner join {{ ref('int_prediction_days') }} as each_day
        on purchases.purchased_on <= each_day.as_of_on
    group by
        each_day.days_ago,
        purchases.person_id
),

purchase_counts as (
    select
        days_ago,
        repeat_purchases,
        count(*) as people
    from buyers
    group by
        days_ago,
        repeat_purchases
),

running as (
    select
        days_ago,
        repeat_purchases,
        sum(people) over (partition by days_ago order by repeat_purchases) as people_so_far,
        sum(people) over (partition by days_ago) as people
    from purchase_counts
),

-- 99 of 100 buyers have at most this many repeat purchases; one is the least that means anything
common as (
    select
        days_ago,
        greatest(min(repeat_purchases), 1) as most_repeat_purchases
    from running
    where 100 * people_so_far >= 99 * people
    group by days_ago
)

select
    buyers.days_ago,
    buyers.person_id,
    cast(buyers.repeat_orders as integer) as repeat_orders,
    cast(buyers.repeat_purchases as integer) as repeat_purchases,
    cast(buyers.recency_days as integer) as recency_days,
    cast(buyers.tenure_days as integer) as tenure_days,
    -- many orders on few days are a bot's; a few orders on one day can be anybody's
    buyers.repeat_purchases > {{ multiple }} * common.most_repeat_purchases
    or buyers.repeat_orders > {{ multiple }} * {{ multiple }} * common.most_repeat_purchases
        as is_outlier,
    cast(buyers.paid_purchases as integer) as paid_purchases,
    cast(coalesce(buyers.log_amount, 0) as decimal(38, 12)) as log_amount,
    cast(coalesce(buyers.log_amount_squared, 0) as decimal(38, 20)) as log_amount_squared,
    cast(buyers.repeat_paid_purchases as integer) as repeat_paid_purchases,
    cast(coalesce(buyers.repeat_paid_amount, 0) as decimal(38, 4)) as repeat_paid_amount,
    cast(buyers.order_value_amount as decimal(38, 4)) as order_value_amount,
    cast(buyers.net_revenue_amount as decimal(38, 4)) as net_revenue_amount
from buyers
inner join common on buyers.days_ago = common.days_ago
