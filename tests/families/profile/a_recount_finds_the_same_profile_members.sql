{{ config(tags=['proof']) }}

-- What contacts are, or say of themselves.
with

contacts as (
    select
        people.person_id,
        people.created_at,
        customers.birth_date,
        cast(extract(year from as_of.as_of_on) - extract(year from customers.birth_date) as integer)
            as calendar_years,
        as_of.as_of_on
    from {{ ref('people') }} as people
    cross join {{ ref('as_of') }} as as_of
    inner join {{ ref('proof_customers') }} as customers on people.person_id = customers.person_id
    where people.is_contact
),

-- a contact's age is the birthdays it has had
aged as (
    select
        person_id,
        created_at,
        birth_date,
        case
            when {{ add_months('birth_date', '12 * calendar_years') }} <= as_of_on
                then calendar_years
            else calendar_years - 1
        end as years
    from contacts
    where birth_date <= as_of_on
),

steps as (
    select 0 as step
    {% for step in setting('age_band_years') -%}
    union all
    select {{ step }} as step
    {% endfor -%}
),

age_bands as (
    select
        aged.person_id,
        aged.created_at,
        aged.birth_date,
        aged.years,
        max(case when steps.step <= aged.years then steps.step end) as step,
        min(case when steps.step > aged.years then steps.step end) as next_step
    from aged
    cross join steps
    group by
        aged.person_id,
        aged.created_at,
        aged.birth_date,
        aged.years
),

-- of two values at the same time the greater counts
attributes as (
    select
        coalesce(customers.person_id, emails.person_id) as person_id,
        attributes.attribute || '=' || attributes.value as segment_value,
        attributes.recorded_at,
        row_number() over (
            partition by
                coalesce(customers.person_id, emails.person_id),
                attributes.attribute
            order by attributes.recorded_at desc, {{ byte_order('attributes.value') }} desc
        ) as place
    from {{ ref('stg_shop__customer_attributes') }} as attributes
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and attributes.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and attributes.email_key = emails.key_value
            and customers.key_value is null
    where
        coalesce(customers.person_id, emails.person_id) is not null
        and attributes.recorded_on <= as_of.as_of_on
),

-- an account that the shop or the tracker knows of, or an opt-in to e-mail that still holds
registrations as (
    select
        customers.person_id,
        customers.account_created_at as happened_at,
        1 as is_account
    from {{ ref('proof_customers') }} as customers
    cross join {{ ref('as_of') }} as as_of
    inner join {{ ref('people') }} as people on customers.person_id = people.person_id
    where {{ local_day('customers.account_created_at') }} <= as_of.as_of_on
    union all
    select
        person_id,
        occurred_at as happened_at,
        1 as is_account
    from {{ ref('proof_events') }}
    where event_name = 'account_created'
    union all
    -- several consents at one time that differ are a no, and one that can't be read is no yes
    select
        person_id,
        max(said_at) as happened_at,
        0 as is_account
    from {{ ref('proof_words') }}
    where
        channel = 'email'
        and is_newest
    group by person_id
    having min(status) = 'opted_in' and max(status) = 'opted_in'
),

numbers as (
    {{ whole_numbers(1, setting('birthday_days')) }}
),

-- those born on a leap day celebrate the day before 1 March in other years
coming_days as (
    select
        numbers.whole_number as days_ahead,
        {{ add_days('as_of.as_of_on', 'numbers.whole_number') }} as coming_on,
        {{ add_days('as_of.as_of_on', 'numbers.whole_number + 1') }} as next_on
    from {{ ref('as_of') }} as as_of
    cross join numbers
),

birthdays as (
    select
        contacts.person_id,
        contacts.created_at,
        min(coming_days.days_ahead) as days_ahead,
        min(coming_days.coming_on) as coming_on
    from contacts
    inner join coming_days
        on
            (
                extract(month from contacts.birth_date) = extract(month from coming_days.coming_on)
                and extract(day from contacts.birth_date) = extract(day from coming_days.coming_on)
            )
            or (
                extract(month from contacts.birth_date) = 2
                and extract(day from contacts.birth_date) = 29
                and extract(month from coming_days.coming_on) = 2
                and extract(day from coming_days.coming_on) = 28
                and extract(day from coming_days.next_on) = 1
            )
    group by
        contacts.person_id,
        contacts.created_at
),

recounted as (
    select
        'age_bands' as segment,
        person_id,
        cast(step as {{ dbt.type_string() }})
        || coalesce('-' || cast(next_step - 1 as {{ dbt.type_string() }}), '+') as segment_value,
        years as evidence,
        created_at as evidence_at,
        {{ add_months('birth_date', '12 * next_step') }} as expires_on
    from age_bands
    union all
    select
        'attribute_customers' as segment,
        person_id,
        segment_value,
        1 as evidence,
        max(recorded_at) as evidence_at,
        cast(null as date) as expires_on
    from attributes
    where place = 1
    group by
        person_id,
        segment_value
    union all
    select
        case customers.gender when 'female' then 'female_buyers' else 'male_buyers' end as segment,
        orders.person_id,
        '' as segment_value,
        count(*) as evidence,
        max(orders.ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('proof_orders') }} as orders
    inner join {{ ref('proof_customers') }} as customers on orders.person_id = customers.person_id
    where customers.gender in ('female', 'male')
    group by
        customers.gender,
        orders.person_id
    union all
    select
        'registered_visitors' as segment,
        registrations.person_id,
        '' as segment_value,
        max(registrations.is_account) as evidence,
        {{ time_or_created_at('max(registrations.happened_at)') }} as evidence_at,
        cast(null as date) as expires_on
    from registrations
    inner join {{ ref('people') }} as people on registrations.person_id = people.person_id
    group by
        registrations.person_id,
        people.created_at
    union all
    select
        'upcoming_birthdays' as segment,
        person_id,
        '' as segment_value,
        days_ahead as evidence,
        created_at as evidence_at,
        coming_on as expires_on
    from birthdays
)

{{ members_that_differ(ref('profile_memberships')) }}
