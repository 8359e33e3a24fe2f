{{ config(enabled=is_asked('woocommerce')) }}

-- Lines of orders and of refunds, with the amounts as they come: without tax.
{%- set fields = [
    'id', 'product_id', 'quantity', 'subtotal', 'subtotal_tax', 'total', 'total_tax',
] %}
{%- set meta = [
    '_product_id', '_qty', '_line_subtotal', '_line_subtotal_tax', '_line_total', '_line_tax',
] %}
with

items as (
    {%- for table in ['orders', 'refunds'] %}
    select
        id as item_of,
        {{ json_items('line_items') }} as item
    from {{ raw_table('woocommerce', table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

stored_fields as (
    select
        {%- for name in meta %}
        max(case when meta_key = '{{ name }}' then meta_value end) as {{ name }},
        {%- endfor %}
        order_item_id
    from {{ raw_table('woocommerce', 'wp_woocommerce_order_itemmeta') }}
    group by order_item_id
),

item_rows as (
    select
        {%- for name in fields %}
        {{ in_json('item', [name]) }} as {{ name }},
        {%- endfor %}
        item_of
    from items
    {%- for table in ['orders', 'refunds'] %}
    union all
    select
        {%- for name in fields %}
        items.{{ name }},
        {%- endfor %}
        owners.id as item_of
    from {{ raw_table('woocommerce', table ~ '__line_items', 'items') }}
    inner join {{ raw_table('woocommerce', table, 'owners') }}
        on items._dlt_parent_id = owners._dlt_id
    {%- endfor %}
    union all
    select
        items.order_item_id as id,
        {%- for name in meta %}
        stored_fields.{{ name }} as {{ fields[loop.index] }},
        {%- endfor %}
        items.order_id as item_of
    from {{ raw_table('woocommerce', 'wp_woocommerce_order_items', 'items') }}
    left join stored_fields on items.order_item_id = stored_fields.order_item_id
    where items.order_item_type = 'line_item'
)

select
    item_of,
    id,
    product_id,
    quantity,
    {%- for name in fields[3:] %}
    {{ parse_number(name, 12, 6) }} as {{ name }},
    {%- endfor %}
    {{ parse_number('quantity', 12, 3) }} as units
from item_rows
