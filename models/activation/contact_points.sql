{#- long: the one place that knows how to reach somebody -#}
{%- set names = ['first_name', 'last_name', 'city', 'postal_code'] -%}

with

customers as (
    select
        customer_id,
        email_key,
        updated_at,
        {%- for name in names %}
        {{ clean_text(name) }} as {{ name }},
        {%- endfor %}
        phone,
        country_code
    from {{ ref('stg_shop__customers') }}
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
    from customers
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
        {%- for name in names + ['phone', 'country_code'] %}
        {{ first_known_value(name, 'customer_rank') }} as {{ name }},
        {%- endfor %}
        person_id
    from ranked_customers
    group by person_id
),

{{ phone_numbers('attributes') }},

shared_numbers as (
    select number
    from numbers
    where number is not null
    group by number
    having count(*) > 1
),

addresses as (
    {% for name in ('shop__customers', 'shop__orders', 'crm__consents', 'crm__message_events') -%}
    select
        email_key,
        email
    from {{ ref('stg_' ~ name) }}
    where email_key is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

emails as (
    select
        known_emails.person_id,
        addresses.email,
        {{ is_email('addresses.email') }} as is_usable
    from addresses
    inner join {{ ref('int_known_emails') }} as known_emails
        on addresses.email_key = known_emails.email_key
)

select
    people.person_id,
    case when substr(people.person_id, 1, 2) = 'c:' then substr(people.person_id, 3) end
        as customer_id,
    case when emails.is_usable then emails.email end as email,
    case
        when emails.email is null then 'no_address'
        when not emails.is_usable then 'unusable_address'
    end as email_reason,
    case when shared_numbers.number is null then numbers.number end as phone,
    case
        when numbers.person_id is null then 'no_address'
        when shared_numbers.number is not null then 'shared_number'
        else numbers.problem
    end as phone_reason,
    attributes.first_name,
    attributes.last_name,
    attributes.city,
    attributes.postal_code,
    countries.country_code,
    substr(cast(people.birth_date as {{ dbt.type_string() }}), 6, 5) as birth_day_month
from {{ ref('int_people') }} as people
left join attributes on people.person_id = attributes.person_id
left join emails on people.person_id = emails.person_id
left join numbers on people.person_id = numbers.person_id
left join shared_numbers on numbers.number = shared_numbers.number
left join {{ ref('countries') }} as countries
    on attributes.country_code = countries.written_code
where people.is_contact
