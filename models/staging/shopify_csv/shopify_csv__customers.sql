{{ config(enabled=is_asked('shopify_csv')) }}

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
    birth_date
from {{ ref('shopify_csv__customer_rows') }}
