{{ config(enabled=is_asked('shopify')) }}

with

addresses as (
    select
        customer_id as address_of,
        {{ trimmed('city') }} as city,
        {{ trimmed('zip') }} as zip,
        {{ trimmed('province_code') }} as province_code,
        {{ trimmed('country_code') }} as country_code,
        row_number() over (
            partition by customer_id
            order by {{ parse_number('id', 18, 0) }} desc nulls last, {{ byte_order('id') }}
        ) as address_rank
    from {{ raw_table('shopify', 'customer_address') }}
)

select
    customers.id as customer_id,
    {{ trimmed('customers.email') }} as email,
    {{ trimmed('customers.phone') }} as phone,
    {{ trimmed('customers.first_name') }} as first_name,
    {{ trimmed('customers.last_name') }} as last_name,
    addresses.city,
    addresses.zip as postal_code,
    addresses.province_code as region,
    addresses.country_code,
    {{ as_utc(trimmed('customers.created_at')) }} as created_at,
    case
        when {{ lower_case('customers.state') }} = 'enabled'
            then {{ as_utc(trimmed('customers.created_at')) }}
    end as account_created_at,
    {{ as_utc(trimmed('customers.updated_at')) }} as updated_at
from {{ raw_table('shopify', 'customer', 'customers') }}
left join addresses on customers.id = addresses.address_of and addresses.address_rank = 1
where coalesce({{ lower_case('customers._fivetran_deleted') }}, 'false') <> 'true'
