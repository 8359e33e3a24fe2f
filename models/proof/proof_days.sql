-- Each window is tried at the as-of date and every day after it: a day has left it on the first day
-- whose window no longer holds it.
with

numbers as (
    {{ whole_numbers(0, 375) }}
),

tried as (
    select
        {{ add_days('as_of.as_of_on', 'numbers.whole_number') }} as tried_on,
        {{ add_days('as_of.as_of_on', 'numbers.whole_number - 30') }} as out_30_days,
        {{ add_months(add_days('as_of.as_of_on', 'numbers.whole_number'), -3) }} as out_3_months,
        {{ add_months(add_days('as_of.as_of_on', 'numbers.whole_number'), -6) }} as out_6_months,
        {{ add_months(add_days('as_of.as_of_on', 'numbers.whole_number'), -12) }} as out_12_months
    from {{ ref('as_of') }} as as_of
    cross join numbers
),

days as (
    select
        as_of.as_of_on,
        {{ add_days('as_of.as_of_on', '-numbers.whole_number') }} as counted_on
    from {{ ref('as_of') }} as as_of
    cross join numbers
),

left_on as (
    select
        days.as_of_on,
        days.counted_on,
        min(case when days.counted_on <= tried.out_30_days then tried.tried_on end) as on_30_days,
        min(case when days.counted_on <= tried.out_3_months then tried.tried_on end) as on_3_months,
        min(case when days.counted_on <= tried.out_6_months then tried.tried_on end) as on_6_months,
        min(case when days.counted_on <= tried.out_12_months then tried.tried_on end)
            as on_12_months
    from days
    cross join tried
    group by
        days.as_of_on,
        days.counted_on
)

select
    counted_on,
    case when on_30_days > as_of_on then on_30_days end as leaves_30_days_on,
    case when on_3_months > as_of_on then on_3_months end as leaves_3_months_on,
    case when on_6_months > as_of_on then on_6_months end as leaves_6_months_on,
    case when on_12_months > as_of_on then on_12_months end as leaves_12_months_on
from left_on
