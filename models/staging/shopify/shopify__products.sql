{{ config(enabled=is_asked('shopify')) }}

with

variants as (
    select
        variants.product_id as variant_of,
        min({{ parse_number('variants.price', 12, 6) }}) as unit_price,
        min({{ parse_number('items.unit_cost_amount', 12, 6) }}) as unit_cost,
        sum({{ parse_number('variants.inventory_quantity', 12, 3) }}) as stock_quantity
    from {{ raw_table('shopify', 'product_variant', 'variants') }}
    left join {{ raw_table('shopify', 'inventory_item', 'items') }} on variants.inventory_item_id = items.id
    group by variants.product_id
),

collections as (
    select
        held.product_id as collection_of,
        collections.title,
        row_number() over (
            partition by held.product_id
            order by {{ byte_order('held.collection_id') }}
        ) as collection_rank
    from {{ raw_table('shopify', 'collection_product', 'held') }}
    inner join {{ raw_table('shopify', 'collection', 'collections') }} on held.collection_id = collections.id
)

select
    products.id as product_id,
    {{ trimmed('products.title') }} as product_name,
    case
        when {{ lower_case('products.is_gift_card') }} = 'true' then 'gift card'
        else {{ trimmed('products.product_type') }}
    end as category,
    collections.title as collection,
    cast(variants.unit_price as {{ dbt.type_string() }}) as unit_price,
    cast(variants.unit_cost as {{ dbt.type_string() }}) as unit_cost,
    cast(variants.stock_quantity as {{ dbt.type_string() }}) as stock_quantity,
    {{ as_utc(trimmed('products.updated_at')) }} as updated_at
from {{ raw_table('shopify', 'product', 'products') }}
left join variants on products.id = variants.variant_of
left join collections on products.id = collections.collection_of and collections.collection_rank = 1
where coalesce({{ lower_case('products._fivetran_deleted') }}, 'false') <> 'true'
