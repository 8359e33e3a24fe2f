{{ config(materialized='table', enabled=is_asked('shopify_csv')) }}

-- A table, as the staging that reads it would number a view's lines twice.
-- Every row of an order has one line. A tip is none, and is not in the order's Subtotal either.
with

lines as (
    select
        *,
        {{ without_last_part('lineitem_name') }} as title,
        row_number() over (
            partition by name
            order by
                {{ byte_order('lineitem_name') }} nulls last,
                {{ byte_order('lineitem_sku') }} nulls last,
                {{ byte_order('lineitem_price') }} nulls last,
                {{ byte_order('lineitem_quantity') }} nulls last,
                {{ byte_order('lineitem_discount') }} nulls last
        ) as line_number
    from {{ ref('shopify_csv__order_rows') }}
    where lineitem_name is not null and not is_tip
),

titles as (
    select distinct product_id as title
    from {{ ref('shopify_csv__products') }}
)

select
    lines.name || ':' || cast(lines.line_number as {{ dbt.type_string() }}) as order_line_id,
    lines.name as order_id,
    -- behind a product's title stands the variant
    case
        when whole.title is not null then lines.lineitem_name
        else coalesce(titles.title, lines.lineitem_name)
    end as product_id,
    lines.lineitem_quantity as quantity,
    lines.lineitem_price as unit_price,
    lines.lineitem_discount as discount_amount
from lines
left join titles as whole on lines.lineitem_name = whole.title
left join titles on lines.title = titles.title
