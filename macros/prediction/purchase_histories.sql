{% macro purchase_histories(histories) %}
    {#-
    What the likelihood of a purchase model reads, counted: once per history for what depends on its times, once per
    number of repeat purchases for what depends only on that.

    Arguments: histories (relation with the columns of int_person_histories).
    Returns: SQL query with the columns of int_purchase_histories.
    -#}
    {%- set bucket = setting('prediction_bucket_days') -%}
with

people as (
    select
        repeat_purchases,
        recency_days,
        tenure_days,
        -- half as long: the last purchase moves the parameters more; those who never return are apart
        ceil(2 * {{ as_double('recency_days') }} / {{ bucket }}) as recency_bucket,
        ceil({{ as_double('tenure_days') }} / {{ bucket }}) as tenure_bucket
    from {{ histories }}
    where not is_outlier
),

histories as (
    select
        repeat_purchases,
        recency_bucket,
        tenure_bucket,
        sum(recency_days) as recency_days,
        sum(tenure_days) as tenure_days,
        count(*) as customers
    from people
    group by
        repeat_purchases,
        recency_bucket,
        tenure_bucket
),

numbers as (
    select
        repeat_purchases,
        sum(customers) as customers
    from histories
    group by repeat_purchases
),

levels as (
    {{ whole_numbers(0, 9999) }}
),

counted as (
    select
        repeat_purchases,
        -- the mean of a bucket: its midpoint would move the parameters
        {{ as_double('recency_days') }} / customers as recency_days,
        {{ as_double('tenure_days') }} / customers as tenure_days,
        customers,
        0 as customers_at_least,
        0 as customers_above
    from histories
    union all
    select
        levels.whole_number as repeat_purchases,
        0 as recency_days,
        0 as tenure_days,
        0 as customers,
        sum(numbers.customers) as customers_at_least,
        sum(case when numbers.repeat_purchases > levels.whole_number then numbers.customers else 0 end)
            as customers_above
    from levels
    inner join numbers on levels.whole_number <= numbers.repeat_purchases
    group by levels.whole_number
)

select
    cast(repeat_purchases as integer) as repeat_purchases,
    cast(recency_days as decimal(18, 6)) as recency_days,
    cast(tenure_days as decimal(18, 6)) as tenure_days,
    cast(customers as bigint) as customers,
    cast(customers_at_least as bigint) as customers_at_least,
    cast(customers_above as bigint) as customers_above
from counted
order by
    repeat_purchases,
    recency_days,
    tenure_days,
    customers
{% endmacro %}
