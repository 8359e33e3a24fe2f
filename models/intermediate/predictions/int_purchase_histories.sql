{#- long: counted twice, once per history for what depends on its times, and once per number of
repeat purchases for what depends only on that -#}
{%- set bucket = setting('prediction_bucket_days') -%}
with

people as (
    select
        days_ago,
        repeat_purchases,
        recency_days,
        tenure_days,
        -- half as long: the last purchase moves the parameters more; who never returns is apart
        ceil(2 * {{ as_double('recency_days') }} / {{ bucket }}) as recency_bucket,
        ceil({{ as_double('tenure_days') }} / {{ bucket }}) as tenure_bucket
    from {{ ref('int_person_histories') }}
    where not is_outlier
),

histories as (
    select
        days_ago,
        repeat_purchases,
        recency_bucket,
        tenure_bucket,
        sum(recency_days) as recency_days,
        sum(tenure_days) as tenure_days,
        count(*) as customers
    from people
    group by
        days_ago,
        repeat_purchases,
        recency_bucket,
        tenure_bucket
),

numbers as (
    select
        days_ago,
        repeat_purchases,
        sum(customers) as customers
    from histories
    group by
        days_ago,
        repeat_purchases
),

levels as (
    {{ whole_numbers(0, 9999) }}
),

counted as (
    select
        days_ago,
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
        numbers.days_ago,
        levels.whole_number as repeat_purchases,
        0 as recency_days,
        0 as tenure_days,
        0 as customers,
        sum(numbers.customers) as customers_at_least,
        sum(
            case
                when numbers.repeat_purchases > levels.whole_number then numbers.customers
                else 0
            end
        ) as customers_above
    from levels
    inner join numbers on levels.whole_number <= numbers.repeat_purchases
    group by
        numbers.days_ago,
        levels.whole_number
)

select
    days_ago,
    cast(repeat_purchases as integer) as repeat_purchases,
    cast(recency_days as decimal(18, 6)) as recency_days,
    cast(tenure_days as decimal(18, 6)) as tenure_days,
    cast(customers as bigint) as customers,
    cast(customers_at_least as bigint) as customers_at_least,
    cast(customers_above as bigint) as customers_above
from counted
order by
    days_ago,
    repeat_purchases,
    recency_days,
    tenure_days,
    customers
