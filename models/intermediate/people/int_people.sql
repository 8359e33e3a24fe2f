-- long: every kind of fact that proves a person exists, side by side
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

-- Every dated fact proves that its person existed.
customer_facts as (
    select
        customer_id,
        created_at as first_at
    from {{ ref('stg_shop__customers') }}
    union all
    select
        customer_id,
        first_event_at as first_at
    from {{ ref('int_customer_events') }}
    union all
    select
        customer_id,
        reviewed_at as first_at
    from {{ ref('stg_shop__reviews') }}
    union all
    select
        customer_id,
        opened_at as first_at
    from {{ ref('stg_crm__support_tickets') }}
    union all
    select
        customer_id,
        recorded_at as first_at
    from {{ ref('stg_shop__customer_attributes') }}
),

owned_facts as (
    select
        known_customers.person_id,
        customer_facts.first_at
    from customer_facts
    inner join {{ ref('int_known_customers') }} as known_customers
        on customer_facts.customer_id = known_customers.customer_id
    union all
    select
        person_id,
        ordered_at as first_at
    from {{ ref('int_orders') }}
    union all
    select
        person_id,
        first_changed_at as first_at
    from {{ ref('int_person_consents') }}
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

people as (
    select
        person_id,
        min(first_at) as created_at
    from owned_facts
    where person_id is not null
    group by person_id
),

ranked_customers as (
    select
        known_customers.person_id,
        customers.*,
        row_number() over (
            partition by known_customers.person_id
            order by
                customers.updated_at desc nulls last,
                {{ byte_order('customers.customer_id') }} asc
        ) as customer_rank
    from {{ ref('stg_shop__customers') }} as customers
    inner join {{ ref('int_known_customers') }} as known_customers
        on customers.customer_id = known_customers.customer_id
    where known_customers.person_id is not null
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
cross join as_of
left join attributes on people.person_id = attributes.person_id
left join emails on people.person_id = emails.person_id
where {{ local_day('people.created_at') }} <= as_of.as_of_on
