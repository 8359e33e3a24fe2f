select
    product_id,
    product_name,
    category,
    collection,
    unit_price,
    unit_cost,
    stock_quantity,
    updated_at
from {{ ref('base_shop__products') }}
where rejection_reason is null
