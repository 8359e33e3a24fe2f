-- The last complete months and the one that runs, without those that ended before the first order.
with

numbers as (
    {{ whole_numbers(0, setting('insight_months')) }}
),

-- the month of tomorrow is not over; it has begun unless it begins tomorrow
open_month as (
    select
        as_of_on,
        {{ add_days('as_of_on', 1) }} as tomorrow_on
    from {{ ref('as_of') }}
),

months as (
    select
        open_month.as_of_on,
        numbers.whole_number as months_back,
        {{ add_months(first_of_month('open_month.tomorrow_on'), '-numbers.whole_number') }} as month
    from open_month
    cross join numbers
),

ends as (
    select
        as_of_on,
        months_back,
        month,
        {{ add_days(add_months('month', 1), -1) }} as ends_on
    from months
),

first_order as (
    select min(ordered_on) as ordered_on
    from {{ ref('proof_orders') }}
)

select
    ends.month,
    cast(ends.months_back as integer) as months_back,
    least(ends.ends_on, ends.as_of_on) as last_on,
    ends.ends_on <= ends.as_of_on as is_complete
from ends
inner join first_order on ends.ends_on >= first_order.ordered_on
where ends.month <= ends.as_of_on
