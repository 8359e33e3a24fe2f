{{ config(enabled=is_asked('shopify')) }}

select
    id as order_line_id,
    order_id,
    product_id,
    quantity,
    cast(case
        when units > 0 then {{ scaled('list_amount', '1', 'units') }} else list_amount
    end as {{ dbt.type_string() }}) as unit_price,
    cast(discount_amount as {{ dbt.type_string() }}) as discount_amount
from {{ ref('shopify__line_rows') }}
