-- What contacts bought of products that the shop knows, day by day.
select distinct
    orders.person_id,
    orders.ordered_on,
    orders.days_ago,
    products.product_id,
    products.category
from {{ ref('proof_orders') }} as orders
inner join {{ ref('order_lines') }} as order_lines on orders.order_id = order_lines.order_id
inner join {{ ref('stg_shop__products') }} as products
    on order_lines.product_id = products.product_id
where
    orders.person_id is not null
    and order_lines.quantity > 0
