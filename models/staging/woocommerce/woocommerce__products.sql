{{ config(enabled=is_asked('woocommerce')) }}

with

fields as (
    select
        id as product_of,
        {{ json_items('meta_data') }} as field
    from {{ raw_table('woocommerce', 'products') }}
),

costs as (
    select
        product_of,
        min({{ in_json('field', ['value']) }}) as unit_cost
    from fields
    where {{ in_json('field', ['key']) }} = '_wc_cog_cost'
    group by product_of
),

{% for table, value, condition in [
    ('categories', 'name', "_dlt_list_idx = '0'"), ('meta_data', 'value', "key = '_wc_cog_cost'"),
] %}
{{ table }} as (
    select
        _dlt_parent_id as {{ table }}_of,
        min({{ value }}) as {{ value }}
    from {{ raw_table('woocommerce', 'products__' ~ table) }}
    where {{ condition }}
    group by _dlt_parent_id
){{ ',' if not loop.last }}
{% endfor %}
select
    products.id as product_id,
    products.name as product_name,
    coalesce({{ in_json('products.categories', [0, 'name']) }}, categories.name) as category,
    coalesce({{ trimmed('products.regular_price') }}, products.price) as unit_price,
    coalesce(costs.unit_cost, meta_data.value) as unit_cost,
    products.stock_quantity,
    {{ as_utc(trimmed('products.date_modified_gmt')) }} as updated_at
from {{ raw_table('woocommerce', 'products', 'products') }}
left join costs on products.id = costs.product_of
left join categories on products._dlt_id = categories.categories_of
left join meta_data on products._dlt_id = meta_data.meta_data_of
union all
select
    id as product_id,
    post_title as product_name,
    cast(null as {{ dbt.type_string() }}) as category,
    coalesce({{ trimmed('_regular_price') }}, _price) as unit_price,
    _wc_cog_cost as unit_cost,
    _stock as stock_quantity,
    {{ as_utc(trimmed('post_modified_gmt')) }} as updated_at
from {{ ref('woocommerce__post_rows') }}
where post_type = 'product'
