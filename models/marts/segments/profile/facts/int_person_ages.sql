-- The age of each contact whose date of birth is known, and the next birthday, for which only day
-- and month count. For people born on 29 February it is the 28th in other years, where adding years
-- to the date ends up.
with

people as (
    select
        people.person_id,
        people.created_at,
        people.birth_date,
        as_of.as_of_on,
        extract(year from as_of.as_of_on) - extract(year from people.birth_date) as years
    from {{ ref('int_people') }} as people
    cross join {{ ref('as_of') }} as as_of
    where
        people.is_contact
        and people.birth_date is not null
),

counted as (
    select
        *,
        cast(
            case
                when {{ add_months('birth_date', '12 * years') }} <= as_of_on then years
                else years - 1
            end
            as integer
        ) as birthdays
    from people
)

select
    person_id,
    created_at,
    birth_date,
    case when birth_date <= as_of_on then birthdays end as age_years,
    {{ add_months('birth_date', '12 * (birthdays + 1)') }} as next_birthday_on,
    {{ days_between('as_of_on', add_months('birth_date', '12 * (birthdays + 1)')) }}
        as days_to_birthday
from counted
