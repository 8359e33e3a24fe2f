select
    person_id,
    product_id,
    category,
    ordered_on,
    cast(sum(quantity) as decimal(38, 4)) as units,
    max(ordered_at) as last_ordered_at
from {{ ref('int_order_lines') }}
where
    is_valid
    and person_id is not null
    and has_known_product
    and quantity > 0
group by
    person_id,
    product_id,
    category,
    ordered_on
