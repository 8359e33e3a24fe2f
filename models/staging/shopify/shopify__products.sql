-- long: two ways that products come, told column by column
{{ config(enabled=is_asked('shopify')) }}

with

items as (
    select
        id as product_id,
        {{ json_items('variants') }} as item
    from {{ raw_table('shopify', 'products') }}
),

variants as (
    {%- for table in ['product_variant', 'product_variants'] %}
    select
        inventory_item_id,
        price,
        inventory_quantity,
        product_id
    from {{ raw_table('shopify', table) }}
    union all
    {%- endfor %}
    select
        {%- for name in ['inventory_item_id', 'price', 'inventory_quantity'] %}
        {{ in_json('item', [name]) }} as {{ name }},
        {%- endfor %}
        product_id
    from items
),

costs as (
    select
        id as cost_of,
        unit_cost_amount as unit_cost
    from {{ raw_table('shopify', 'inventory_item') }}
    union all
    select
        id as cost_of,
        cost as unit_cost
    from {{ raw_table('shopify', 'inventory_items') }}
),

totals as (
    select
        variants.product_id as total_of,
        min({{ parse_number('variants.price', 12, 6) }}) as unit_price,
        min({{ parse_number('costs.unit_cost', 12, 6) }}) as unit_cost,
        sum({{ parse_number('variants.inventory_quantity', 12, 3) }}) as stock_quantity
    from variants
    left join costs on variants.inventory_item_id = costs.cost_of
    group by variants.product_id
),

{% for name, tables, columns in [
    ('titles', ['collection', 'collections'], ['id', 'title']),
    ('held', ['collection_product', 'collects'], ['collection_id', 'product_id']),
] %}
{{ name }} as (
    {%- for table in tables %}
    select {{ columns | join(', ') }} from {{ raw_table('shopify', table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),
{% endfor %}
collections as (
    select
        held.product_id as collection_of,
        titles.title,
        row_number() over (
            partition by held.product_id
            order by {{ byte_order('held.collection_id') }}
        ) as collection_rank
    from held
    inner join titles on held.collection_id = titles.id
),

products as (
    select
        id,
        title,
        product_type,
        is_gift_card,
        updated_at
    from {{ raw_table('shopify', 'product') }}
    where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
    union all
    select
        id,
        title,
        product_type,
        is_gift_card,
        updated_at
    from {{ raw_table('shopify', 'products') }}
    where {{ trimmed('deleted_at') }} is null
)

select
    products.id as product_id,
    {{ trimmed('products.title') }} as product_name,
    case
        when {{ lower_case('products.is_gift_card') }} = 'true' then 'gift card'
        else {{ trimmed('products.product_type') }}
    end as category,
    collections.title as collection,
    cast(totals.unit_price as {{ dbt.type_string() }}) as unit_price,
    cast(totals.unit_cost as {{ dbt.type_string() }}) as unit_cost,
    cast(totals.stock_quantity as {{ dbt.type_string() }}) as stock_quantity,
    {{ as_utc(trimmed('products.updated_at')) }} as updated_at
from products
left join totals on products.id = totals.total_of
left join collections on products.id = collections.collection_of and collections.collection_rank = 1
