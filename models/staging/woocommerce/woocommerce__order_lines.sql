{{ config(enabled=is_asked('woocommerce')) }}

select
    id as order_line_id,
    order_id,
    nullif(product_id, '0') as product_id,
    quantity,
    cast(case
        when units > 0 then {{ scaled('subtotal_amount', '1', 'units') }} else subtotal_amount
    end as {{ dbt.type_string() }}) as unit_price,
    cast(subtotal_amount - total_amount as {{ dbt.type_string() }}) as discount_amount
from {{ ref('woocommerce__line_rows') }}
