select
    contacts.person_number,
    products.product_number,
    lines.category,
    lines.ordered_on,
    cast(sum(lines.quantity) as decimal(38, 4)) as units,
    max(lines.ordered_at) as last_ordered_at
from {{ ref('int_order_lines') }} as lines
inner join {{ ref('int_numbered_contacts') }} as contacts on lines.person_id = contacts.person_id
inner join {{ ref('int_numbered_products') }} as products on lines.product_id = products.product_id
where
    lines.is_valid
    and lines.quantity > 0
group by
    contacts.person_number,
    products.product_number,
    lines.category,
    lines.ordered_on
