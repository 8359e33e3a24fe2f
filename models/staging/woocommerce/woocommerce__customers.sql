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
    {{ trimmed('date_created_gmt') }} || 'Z' as created_at,
    {{ trimmed('date_created_gmt') }} || 'Z' as account_created_at,
    {{ trimmed('date_modified_gmt') }} || 'Z' as updated_at
from {{ raw_table('woocommerce', 'customers') }}
