-- Of the customer records of one person, the first that says anything decides: the newest, and of
-- equally new ones the one with the smallest id. A city without a letter or digit says nothing.
with

customers as (
    select
        person_keys.person_id,
        customers.gender,
        customers.birth_date,
        customers.country_code,
        customers.region,
        {{ normalised_text('customers.city') }} as city,
        customers.account_created_at,
        customers.acquisition_source,
        row_number() over (
            partition by person_keys.person_id
            order by
                case when customers.updated_at is null then 1 else 0 end,
                customers.updated_at desc,
                case when customers.customer_id is null then 1 else 0 end,
                {{ byte_order('customers.customer_id') }}
        ) as place
    from {{ ref('stg_shop__customers') }} as customers
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            coalesce(customers.customer_id, customers.email_key) = person_keys.key_value
            and person_keys.key_type
            = case when customers.customer_id is null then 'email' else 'customer' end
    where person_keys.person_id is not null
),

speakers as (
    select
        person_id,
        min(case when gender is not null then place end) as of_gender,
        min(case when birth_date is not null then place end) as of_birth_date,
        min(case when country_code is not null then place end) as of_country,
        min(case when region is not null then place end) as of_region,
        min(case when city is not null then place end) as of_city,
        min(case when account_created_at is not null then place end) as of_account,
        min(case when acquisition_source is not null then place end) as of_source
    from customers
    group by person_id
)

select
    customers.person_id,
    max(case when customers.place = speakers.of_gender then customers.gender end) as gender,
    max(case when customers.place = speakers.of_birth_date then customers.birth_date end)
        as birth_date,
    max(case when customers.place = speakers.of_country then customers.country_code end)
        as country_code,
    max(case when customers.place = speakers.of_region then customers.region end) as region,
    max(case when customers.place = speakers.of_city then customers.city end) as city,
    max(case when customers.place = speakers.of_account then customers.account_created_at end)
        as account_created_at,
    max(case when customers.place = speakers.of_source then customers.acquisition_source end)
        as acquisition_source
from customers
inner join speakers on customers.person_id = speakers.person_id
group by customers.person_id
