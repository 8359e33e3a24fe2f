with

-- the first day that anything published here speaks of
began as (
    select min(created_on) as first_on from {{ ref('people') }}
    union all
    select min(ordered_on) as first_on from {{ ref('orders') }}
    union all
    select min(started_on) as first_on from {{ ref('sessions') }}
),

bounds as (
    select
        as_of.as_of_on,
        coalesce(min(began.first_on), as_of.as_of_on) as first_on
    from {{ ref('as_of') }} as as_of
    cross join began
    group by as_of.as_of_on
),

numbered as (
    select
        as_of_on,
        first_on,
        {{ numbers_below(days_between('first_on', 'as_of_on') ~ ' + 1') }} as day_number
    from bounds
),

days as (
    select
        as_of_on,
        {{ add_days('first_on', 'day_number') }} as date_day
    from numbered
),

months as (
    select
        date_day,
        as_of_on,
        {{ weekday('date_day') }} as day_of_week,
        {{ first_of_month('date_day') }} as month
    from days
)

select
    date_day,
    day_of_week,
    {{ add_days('date_day', '1 - day_of_week') }} as week_from,
    month,
    {{ add_months('month', '-mod(extract(month from month) - 1, 3)') }} as quarter_from,
    cast(extract(year from date_day) as integer) as calendar_year,
    {{ add_days(add_months('month', 1), -1) }} <= as_of_on as is_in_complete_month,
    {{ months_between('date_day', 'as_of_on') }} as months_ago,
    {{ days_between('date_day', 'as_of_on') }} as days_ago,
    {{ add_months('date_day', -12) }} as last_year_on
from months
