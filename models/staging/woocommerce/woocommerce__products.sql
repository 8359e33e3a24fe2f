{{ config(enabled=is_asked('woocommerce')) }}

with

costs as (
    select
        product_of,
        min({{ in_json('field', ['value']) }}) as unit_cost
    from (
        select
            id as product_of,
            {{ json_items('meta_data') }} as field
        from {{ raw_table('woocommerce', 'products') }}
    ) as fields
    where {{ in_json('field', ['key']) }} = '_wc_cog_cost'
    group by product_of
)

select
    products.id as product_id,
    products.name as product_name,
    {{ in_json('products.categories', [0, 'name']) }} as category,
    coalesce({{ trimmed('products.regular_price') }}, products.price) as unit_price,
    costs.unit_cost,
    products.stock_quantity,
    {{ as_utc(trimmed('products.date_modified_gmt')) }} as updated_at
from {{ raw_table('woocommerce', 'products', 'products') }}
left join costs on products.id = costs.product_of
