{{ config(enabled=is_asked('shopify_csv')) }}

-- Rows of the customers export in any of its layouts: of a customer in several files that of the
-- latest.
with

export_rows as (
    select
        {{ without_apostrophe(trimmed('customer_id')) }} as customer_id,
        {{ lower_case(trimmed('email')) }} as email,
        {{ without_apostrophe(first_filled(['phone', 'default_address_phone'])) }} as phone,
        {{ trimmed('first_name') }} as first_name,
        {{ trimmed('last_name') }} as last_name,
        {{ first_filled(['default_address_city', 'city']) }} as city,
        {{ without_apostrophe(first_filled(['default_address_zip', 'zip'])) }} as postal_code,
        {{ first_filled(['default_address_province_code', 'province_code']) }} as region,
        {{ first_filled(['default_address_country_code', 'country_code']) }} as country_code,
        {{ trimmed('birth_date') }} as birth_date,
        {{ lower_case(first_filled(['accepts_email_marketing', 'accepts_marketing'])) }}
            as accepts_email,
        {{ lower_case(trimmed('accepts_sms_marketing')) }} as accepts_sms,
        {{ lower_case(trimmed('tags')) }} as tags,
        file_number
    from {{ raw_table('shopify_csv', 'customers') }}
),

filed as (
    select
        *,
        max(file_number) over (partition by coalesce(customer_id, email)) as last_file
    from export_rows
)

select
    customer_id,
    email,
    phone,
    first_name,
    last_name,
    city,
    postal_code,
    region,
    country_code,
    birth_date,
    accepts_email,
    accepts_sms,
    tags
from filed
where file_number = last_file or coalesce(customer_id, email) is null
