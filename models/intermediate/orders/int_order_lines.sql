with

lines as (
    select *
    from {{ ref('stg_shop__order_lines') }}
),

orders as (
    select *
    from {{ ref('int_orders') }}
),

products as (
    select *
    from {{ ref('stg_shop__products') }}
)

select
    lines.order_line_id,
    lines.order_id,
    orders.person_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.is_valid,
    lines.product_id,
    products.product_id is not null as has_known_product,
    products.category,
    products.collection,
    lines.quantity,
    {{ reporting_amount(
        '(cast(lines.quantity as decimal(19, 3)) * lines.unit_price - lines.discount_amount)',
        'orders.exchange_rate',
    ) }} as line_amount,
    {{ reporting_amount('lines.discount_amount', 'orders.exchange_rate') }} as discount_amount
from lines
inner join orders on lines.order_id = orders.order_id
left join products on lines.product_id = products.product_id
