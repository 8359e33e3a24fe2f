select
    order_line_id,
    order_id,
    product_id,
    quantity,
    unit_price,
    coalesce(discount_amount, 0) as discount_amount
from {{ ref('base_shop__order_lines') }}
where rejection_reason is null
