-- The band between the last step of age that a contact has reached and the next one, which it
-- reaches on a birthday. The age itself is the number of birthdays.
with

steps as (
    select 0 as step
    {% for step in setting('age_band_years') -%}
    union all
    select {{ step }} as step
    {% endfor -%}
),

born as (
    {{ recounted_said('birth_date') | indent }}
),

reached as (
    select
        born.person_id,
        born.said as born_on,
        as_of.as_of_on,
        max(
            case
                when {{ add_months('born.said', '12 * steps.step') }} <= as_of.as_of_on
                    then steps.step
            end
        ) as step,
        min(
            case
                when {{ add_months('born.said', '12 * steps.step') }} > as_of.as_of_on
                    then steps.step
            end
        ) as next_step,
        min(
            case
                when {{ add_months('born.said', '12 * steps.step') }} > as_of.as_of_on
                    then {{ add_months('born.said', '12 * steps.step') }}
            end
        ) as next_on
    from born
    cross join steps
    cross join {{ ref('as_of') }} as as_of
    group by
        born.person_id,
        born.said,
        as_of.as_of_on
),

years as (
    select
        person_id,
        born_on,
        as_of_on,
        step,
        next_step,
        next_on,
        cast(extract(year from as_of_on) - extract(year from born_on) as integer) as new_years
    from reached
    where step is not null
),

recounted as (
    select
        people.person_id,
        cast(years.step as {{ dbt.type_string() }})
        || coalesce('-' || cast(years.next_step - 1 as {{ dbt.type_string() }}), '+')
            as segment_value,
        cast(
            case
                when {{ add_months('years.born_on', '12 * years.new_years') }} <= years.as_of_on
                    then years.new_years
                else years.new_years - 1
            end as decimal(18, 4)
        ) as evidence,
        people.created_at as evidence_at,
        years.next_on as expires_on
    from {{ ref('people') }} as people
    inner join years on people.person_id = years.person_id
    where people.is_contact
)

{{ members_that_differ(ref('age_bands')) }}
