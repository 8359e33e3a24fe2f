{{ config(enabled=is_asked('shopify_csv')) }}

-- A product is the rows of its Handle, one for each variant or picture; orders know its Title only.
with

export_rows as (
    select
        {%- for name in [
            'handle', 'title', 'type', 'product_category', 'variant_price', 'cost_per_item', 'variant_inventory_qty',
            'gift_card',
        ] %}
        {{ trimmed(name) }} as {{ name }},
        {%- endfor %}
        file_number
    from {{ raw_table('shopify_csv', 'products') }}
),

{{ latest_rows('export_rows', 'handle', 'title is not null') }},

variants as (
    select
        handle as variant_of,
        min({{ parse_number('variant_price', 12, 6) }}) as unit_price,
        min({{ parse_number('cost_per_item', 12, 6) }}) as unit_cost,
        sum({{ parse_number('variant_inventory_qty', 12, 3) }}) as stock_quantity
    from latest_rows
    group by handle
)

select
    latest_rows.title as product_id,
    latest_rows.title as product_name,
    case
        when {{ lower_case('latest_rows.gift_card') }} = 'true' then 'gift card'
        else coalesce(latest_rows.type, {{ last_part('latest_rows.product_category', ' > ') }})
    end as category,
    cast(variants.unit_price as {{ dbt.type_string() }}) as unit_price,
    cast(variants.unit_cost as {{ dbt.type_string() }}) as unit_cost,
    cast(variants.stock_quantity as {{ dbt.type_string() }}) as stock_quantity
from latest_rows
left join variants on latest_rows.handle = variants.variant_of
where latest_rows.title is not null
