-- long: every kind of fact that proves a person exists, side by side
with

as_of as (
    select
        {{ utc_time('cast(as_of_on as timestamp)', setting('reporting_time_zone')) }} as begins_at,
        {{ utc_time(
            'cast(' ~ add_days('as_of_on', 1) ~ ' as timestamp)', setting('reporting_time_zone')
        ) }} as ends_at
    from {{ ref('as_of') }}
),

-- Every fact proves that its person existed.
customer_facts as (
    select
        customer_id,
        email_key,
        created_at as first_at
    from {{ ref('stg_shop__customers') }}
    union all
    select
        customer_id,
        email_key,
        changed_at as first_at
    from {{ ref('stg_crm__consents') }}
    union all
    select
        customer_id,
        email_key,
        reviewed_at as first_at
    from {{ ref('stg_shop__reviews') }}
    union all
    select
        customer_id,
        email_key,
        opened_at as first_at
    from {{ ref('stg_crm__support_tickets') }}
    union all
    select
        customer_id,
        email_key,
        recorded_at as first_at
    from {{ ref('stg_shop__customer_attributes') }}
),

owned_facts as (
    select
        -- the known customer's, else the e-mail's
        case
            when known_customers.customer_id is not null then known_customers.person_id
            else known_emails.person_id
        end as person_id,
        customer_facts.first_at
    from customer_facts
    left join {{ ref('int_known_customers') }} as known_customers
        on customer_facts.customer_id = known_customers.customer_id
    left join {{ ref('int_known_emails') }} as known_emails
        on customer_facts.email_key = known_emails.email_key
    union all
    select
        person_id,
        first_event_at as first_at
    from {{ ref('int_event_owners') }}
    union all
    select
        person_id,
        ordered_at as first_at
    from {{ ref('int_orders') }}
    union all
    select
        person_id,
        occurred_at as first_at
    from {{ ref('int_message_events') }}
    union all
    select
        person_id,
        first_unnamed_at as first_at
    from {{ ref('int_sessions') }}
    where first_unnamed_at is not null
),

-- one of whom nothing is dated exists as we speak
people as (
    select
        owned_facts.person_id,
        coalesce(min(owned_facts.first_at), min(as_of.begins_at)) as created_at
    from owned_facts
    cross join as_of
    where
        owned_facts.person_id is not null
        and coalesce(owned_facts.first_at < as_of.ends_at, true)
    group by owned_facts.person_id
),

ranked_customers as (
    select
        owners.person_id,
        customers.*,
        row_number() over (
            partition by owners.person_id
            order by
                customers.updated_at desc nulls last,
                {{ byte_order('customers.customer_id') }} asc nulls last
        ) as customer_rank
    from {{ ref('stg_shop__customers') }} as customers
    inner join {{ ref('int_person_keys') }} as owners
        on
            owners.key_type = case
                when customers.customer_id is null then 'email'
                else 'customer'
            end
            and owners.key_value = coalesce(customers.customer_id, customers.email_key)
    where owners.person_id is not null
),

attributes as (
    select
        person_id,
        {{ first_known_value('gender', 'customer_rank') }} as gender,
        {{ first_known_value('birth_date', 'customer_rank') }} as birth_date,
        {{ first_known_value(normalised_text('city'), 'customer_rank') }} as city,
        {{ first_known_value('region', 'customer_rank') }} as region,
        {{ first_known_value('country_code', 'customer_rank') }} as country_code,
        {{ first_known_value('account_created_at', 'customer_rank') }} as account_created_at,
        {{ first_known_value('acquisition_source', 'customer_rank') }} as acquisition_source
    from ranked_customers
    group by person_id
),

-- a person has at most one e-mail: customers who share one are one person
emails as (
    select person_id
    from {{ ref('int_known_emails') }}
)

select
    people.person_id,
    substr(people.person_id, 1, 2) <> 'v:' as is_contact,
    people.created_at,
    {{ local_day('people.created_at') }} as created_on,
    emails.person_id is not null as has_email,
    nullif(attributes.gender, 'unknown') as gender,
    attributes.birth_date,
    attributes.city,
    attributes.region,
    attributes.country_code,
    attributes.account_created_at,
    attributes.acquisition_source
from people
left join attributes on people.person_id = attributes.person_id
left join emails on people.person_id = emails.person_id
