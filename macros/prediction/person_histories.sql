{% macro person_histories(days_ago=0) %}
    {#-
    What the prediction models read of each contact with an order, from int_purchases.

    Arguments: days_ago (how many days before the as-of date the histories end; refunds are those known at
    the as-of date, whatever that is).
    Returns: SQL query with the columns of int_person_histories; its sums are decimals, which are the same in
    whatever order they are added.
    -#}
    {%- set multiple = setting('prediction_outlier_multiple') -%}
with

as_of as (
    select {{ add_days('as_of_on', -days_ago) }} as as_of_on
    from {{ ref('as_of') }}
),

purchases as (
    select
        purchases.person_id,
        purchases.purchased_on,
        purchases.purchase_number,
        purchases.orders,
        purchases.order_value_amount,
        purchases.net_revenue_amount,
        as_of.as_of_on,
        case
            when purchases.order_value_amount > 0
                then cast(ln({{ as_double('purchases.order_value_amount') }}) as decimal(18, 12))
        end as log_amount
    from {{ ref('int_purchases') }} as purchases
    cross join as_of
    {%- if days_ago %}
    where purchases.purchased_on <= as_of.as_of_on
    {%- endif %}
),

buyers as (
    select
        person_id,
        sum(orders) - 1 as repeat_orders,
        count(*) - 1 as repeat_purchases,
        {{ days_between('min(purchased_on)', 'max(purchased_on)') }} as recency_days,
        {{ days_between('min(purchased_on)', 'max(as_of_on)') }} as tenure_days,
        count(log_amount) as paid_purchases,
        sum(log_amount) as log_amount,
        sum(log_amount * log_amount) as log_amount_squared,
        count(log_amount) filter (where purchase_number > 1) as repeat_paid_purchases,
        sum(order_value_amount) filter (where purchase_number > 1 and log_amount is not null)
            as repeat_paid_amount,
        sum(order_value_amount) as order_value_amount,
        sum(net_revenue_amount) as net_revenue_amount
    from purchases
    group by person_id
),

purchase_counts as (
    select
        repeat_purchases,
        count(*) as people
    from buyers
    group by repeat_purchases
),

running as (
    select
        repeat_purchases,
        sum(people) over (order by repeat_purchases) as people_so_far,
        sum(people) over () as people
    from purchase_counts
),

-- 99 of 100 buyers have at most this many repeat purchases; one is the least that means anything
common as (
    select greatest(min(repeat_purchases), 1) as most_repeat_purchases
    from running
    where 100 * people_so_far >= 99 * people
)

select
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
cross join common
{% endmacro %}
