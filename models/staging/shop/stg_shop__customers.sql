with

customers as (
    select *
    from {{ ref('base_shop__customers') }}
    where rejection_reason is null
),

gender_spellings as (
    select *
    from {{ ref('gender_spellings') }}
)

select
    customers.customer_id,
    customers.email,
    customers.phone,
    customers.first_name,
    customers.last_name,
    -- any other text is still an answer
    case when customers.gender is not null then coalesce(gender_spellings.gender, 'unknown') end
        as gender,
    customers.birth_date,
    customers.city,
    customers.postal_code,
    customers.region,
    customers.country_code,
    customers.created_at,
    customers.account_created_at,
    customers.acquisition_source,
    customers.updated_at,
    customers.email_key,
    phones.phone_key,
    customers.created_on
from customers
left join gender_spellings on customers.gender = gender_spellings.spelling
left join {{ ref('stg_shop__phones') }} as phones
    on
        customers.phone = phones.phone
        and coalesce(customers.country_code, '{{ setting("home_country_code") }}')
        = phones.country_code
