{{ config(enabled=is_asked('shopify')) }}

with

addresses as (
    select
        customer_id as address_of,
        city,
        zip,
        province_code,
        country_code,
        row_number() over (
            partition by customer_id
            order by {{ parse_number('id', 18, 0) }} desc nulls last, {{ byte_order('id') }}
        ) as address_rank
    from {{ raw_table('shopify', 'customer_address') }}
),

customers as (
    select
        customers.id,
        customers.email,
        customers.phone,
        customers.first_name,
        customers.last_name,
        addresses.city,
        addresses.zip,
        addresses.province_code,
        addresses.country_code,
        customers.state,
        customers.created_at,
        customers.updated_at
    from {{ raw_table('shopify', 'customer', 'customers') }}
    left join addresses on customers.id = addresses.address_of and addresses.address_rank = 1
    where coalesce({{ lower_case('customers._fivetran_deleted') }}, 'false') <> 'true'
    union all
    select
        id,
        email,
        phone,
        first_name,
        last_name,
        {%- for name in ['city', 'zip', 'province_code', 'country_code'] %}
        {{ in_json('default_address', [name]) }} as {{ name }},
        {%- endfor %}
        state,
        created_at,
        updated_at
    from {{ raw_table('shopify', 'customers') }}
)

select
    id as customer_id,
    {{ trimmed('email') }} as email,
    {{ trimmed('phone') }} as phone,
    {{ trimmed('first_name') }} as first_name,
    {{ trimmed('last_name') }} as last_name,
    {{ trimmed('city') }} as city,
    {{ trimmed('zip') }} as postal_code,
    {{ trimmed('province_code') }} as region,
    {{ trimmed('country_code') }} as country_code,
    {{ as_utc(trimmed('created_at')) }} as created_at,
    case
        when {{ lower_case('state') }} = 'enabled' then {{ as_utc(trimmed('created_at')) }}
    end as account_created_at,
    {{ as_utc(trimmed('updated_at')) }} as updated_at
from customers
