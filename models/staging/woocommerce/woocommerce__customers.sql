{{ config(enabled=is_asked('woocommerce')) }}

-- Users only: guests are known by the e-mail of their orders.
select
    id as customer_id,
    email,
    {{ in_json('billing', ['phone']) }} as phone,
    first_name,
    last_name,
    {{ in_json('billing', ['city']) }} as city,
    {{ in_json('billing', ['postcode']) }} as postal_code,
    {{ in_json('billing', ['state']) }} as region,
    {{ in_json('billing', ['country']) }} as country_code,
    {{ as_utc(trimmed('date_created_gmt')) }} as created_at,
    {{ as_utc(trimmed('date_created_gmt')) }} as account_created_at,
    {{ as_utc(trimmed('date_modified_gmt')) }} as updated_at
from {{ raw_table('woocommerce', 'customers') }}
