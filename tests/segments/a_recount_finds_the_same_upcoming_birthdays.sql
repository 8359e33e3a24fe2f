-- Contacts whose birthday, whatever the year, is one of the next days; who is born on a leap day
-- celebrates the day before the first of March in other years.
with

born as (
    {{ recounted_said('birth_date') | indent }}
),

numbers as (
    {{ whole_numbers(1, setting('birthday_days')) }}
),

days as (
    select
        numbers.whole_number as days_ahead,
        {{ add_days('as_of.as_of_on', 'numbers.whole_number') }} as coming_on,
        {{ add_days('as_of.as_of_on', 'numbers.whole_number + 1') }} as next_on
    from {{ ref('as_of') }} as as_of
    cross join numbers
),

birthdays as (
    select
        born.person_id,
        min(days.days_ahead) as days_ahead,
        min(days.coming_on) as coming_on
    from born
    inner join days
        on
            (
                extract(month from born.said) = extract(month from days.coming_on)
                and extract(day from born.said) = extract(day from days.coming_on)
            )
            or (
                extract(month from born.said) = 2
                and extract(day from born.said) = 29
                and extract(month from days.coming_on) = 2
                and extract(day from days.coming_on) = 28
                and extract(day from days.next_on) = 1
            )
    group by born.person_id
),

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(birthdays.days_ahead as decimal(18, 4)) as evidence,
        people.created_at as evidence_at,
        birthdays.coming_on as expires_on
    from {{ ref('people') }} as people
    inner join birthdays on people.person_id = birthdays.person_id
    where people.is_contact
)

{{ members_that_differ(ref('upcoming_birthdays')) }}
