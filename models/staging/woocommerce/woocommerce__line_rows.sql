{{ config(enabled=is_asked('woocommerce')) }}

-- Lines of orders. Their amounts are without tax; a shop whose prices have it gets it added.
with

items as (
    select
        id as order_id,
        {{ lower_case('prices_include_tax') }} = 'true' as is_with_tax,
        {{ json_items('line_items') }} as item
    from {{ raw_table('woocommerce', 'orders') }}
    where coalesce(type, 'shop_order') = 'shop_order' and coalesce(nullif(parent_id, '0'), '') = ''
),

fields as (
    select
        order_id,
        is_with_tax,
        {%- for name in ['id', 'product_id', 'quantity', 'subtotal', 'subtotal_tax', 'total', 'total_tax'] %}
        {{ in_json('item', [name]) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from items
),

numbers as (
    select
        order_id,
        id,
        product_id,
        quantity,
        {{ parse_number('quantity', 12, 3) }} as units,
        {%- for name in ['subtotal', 'total'] %}
        {{ parse_number(name, 12, 6) }} + case
            when is_with_tax then coalesce({{ parse_number(name ~ '_tax', 12, 6) }}, 0) else 0
        end as {{ name }}_amount{{ ',' if not loop.last }}
        {%- endfor %}
    from fields
)

select
    order_id,
    id,
    product_id,
    quantity,
    units,
    cast(subtotal_amount as decimal(18, 6)) as subtotal_amount,
    cast(total_amount as decimal(18, 6)) as total_amount
from numbers
