{{ config(enabled=is_asked('shopify')) }}

-- Lines in the shop's currency, with what the discounts took off each. A tip is none.
with

allocated as (
    select
        order_line_id as allocated_to,
        sum({{ parse_number('allocated_amount_set_shop_amount', 12, 6) }}) as discount_amount
    from {{ raw_table('shopify', 'discount_allocation') }}
    group by order_line_id
),

lines as (
    select
        {{ trimmed('id') }} as id,
        {{ trimmed('order_id') }} as order_id,
        {{ trimmed('product_id') }} as product_id,
        {{ trimmed('name') }} as name,
        quantity,
        {{ parse_number('quantity', 12, 3) }} as units,
        {{ parse_number('original_total_set_shop_amount', 12, 6) }} as list_amount
    from {{ raw_table('shopify', 'order_line') }}
)

select
    lines.id,
    lines.order_id,
    lines.product_id,
    lines.quantity,
    lines.units,
    lines.list_amount,
    cast(coalesce(allocated.discount_amount, 0) as decimal(18, 6)) as discount_amount
from lines
left join allocated on lines.id = allocated.allocated_to
where lines.name <> 'Tip' or lines.name is null or lines.product_id is not null
