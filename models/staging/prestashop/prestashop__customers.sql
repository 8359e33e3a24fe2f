{{ config(enabled=is_asked('prestashop')) }}

-- A guest is a customer for each order; the e-mail says who it is. The module for the GDPR moves
-- the orders of erased people to one customer, who is nobody.
{%- set zone = setting('prestashop_time_zone') %}

with

addresses as (
    select
        id_customer as address_of,
        id_country,
        city,
        postcode,
        coalesce({{ trimmed('phone_mobile') }}, {{ trimmed('phone') }}) as phone,
        row_number() over (
            partition by id_customer
            order by {{ parse_number('id_address', 12, 0) }} desc, {{ byte_order('id_address') }}
        ) as address_rank
    from {{ raw_table('prestashop', 'address') }}
    where id_customer <> '0'
)

select
    customers.id_customer as customer_id,
    customers.email,
    addresses.phone,
    customers.firstname as first_name,
    customers.lastname as last_name,
    case customers.id_gender when '1' then 'm' when '2' then 'f' end as gender,
    case when customers.birthday not like '0000%' then customers.birthday end as birth_date,
    addresses.city,
    addresses.postcode as postal_code,
    countries.iso_code as country_code,
    coalesce({{ utc_text(parse_timestamp('customers.date_add', zone)) }}, customers.date_add)
        as created_at,
    case
        when customers.is_guest = '0'
            then {{ utc_text(parse_timestamp('customers.date_add', zone)) }}
    end as account_created_at,
    {{ utc_text(parse_timestamp('customers.date_upd', zone)) }} as updated_at
from {{ raw_table('prestashop', 'customer', 'customers') }}
left join addresses on customers.id_customer = addresses.address_of and addresses.address_rank = 1
left join {{ raw_table('prestashop', 'country', 'countries') }}
    on addresses.id_country = countries.id_country
where coalesce({{ lower_case('customers.email') }}, '') <> 'anonymous@psgdpr.com'
