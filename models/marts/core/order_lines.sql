select
    order_line_id,
    order_id,
    person_id,
    ordered_on,
    is_valid,
    product_id,
    category,
    collection,
    quantity,
    line_amount,
    discount_amount
from {{ ref('int_order_lines') }}
