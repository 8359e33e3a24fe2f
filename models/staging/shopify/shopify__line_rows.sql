-- long: two ways that lines come, and what discounts took off them
{{ config(enabled=is_asked('shopify')) }}

{%- set fields = ['id', 'product_id', 'name', 'quantity', 'price', 'discount_allocations'] %}
with

items as (
    select
        id as order_id,
        {{ json_items('line_items') }} as item
    from {{ raw_table('shopify', 'orders') }}
),

records as (
    select
        {%- for name in fields %}
        {{ in_json('item', [name]) }} as {{ name }},
        {%- endfor %}
        order_id
    from items
),

numbers as (
    select
        id,
        order_id,
        product_id,
        name,
        quantity,
        {{ parse_number('quantity', 12, 3) }} as units,
        {{ parse_number('price', 12, 6) }} as price
    from records
),

allocations as (
    select
        id as order_line_id,
        {{ json_items('discount_allocations') }} as allocation
    from records
),

taken_off as (
    select
        order_line_id,
        allocated_amount_set_shop_amount as amount
    from {{ raw_table('shopify', 'discount_allocation') }}
    union all
    select
        order_line_id,
        {{ in_json('allocation', ['amount']) }} as amount
    from allocations
),

allocated as (
    select
        order_line_id as allocated_to,
        sum({{ parse_number('amount', 12, 6) }}) as discount_amount
    from taken_off
    group by order_line_id
),

lines as (
    select
        {{ trimmed('id') }} as id,
        {{ trimmed('order_id') }} as order_id,
        {{ trimmed('product_id') }} as product_id,
        {{ trimmed('name') }} as title,
        quantity,
        {{ parse_number('quantity', 12, 3) }} as units,
        {{ parse_number('original_total_set_shop_amount', 12, 6) }} as list_amount
    from {{ raw_table('shopify', 'order_line') }}
    union all
    select
        id,
        order_id,
        product_id,
        name as title,
        quantity,
        units,
        cast(price * units as decimal(18, 6)) as list_amount
    from numbers
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
where lines.title <> 'Tip' or lines.title is null or lines.product_id is not null
