{{ config(enabled=is_asked('shopify')) }}

-- Orders of the API = orders + deleted ones; lines = lines + tips; what orders were paid for goods =
-- their subtotal prices.
with

counts as (
    select
        (select count(*) from {{ raw_table('shopify', 'order') }}) as export_rows,
        (select count(*) from {{ ref('shopify__orders') }}) as orders,
        (
            select count(*)
            from {{ raw_table('shopify', 'order') }}
            where {{ lower_case('_fivetran_deleted') }} = 'true'
        ) as deleted,
        (select count(*) from {{ raw_table('shopify', 'order_line') }}) as export_lines,
        (select count(*) from {{ ref('shopify__order_lines') }}) as lines,
        (
            select count(*)
            from {{ raw_table('shopify', 'order_line') }}
            where {{ trimmed('name') }} = 'Tip' and {{ trimmed('product_id') }} is null
        ) as tips,
        (
            select sum({{ parse_number('subtotal_price_set_shop_amount', 12, 6) }})
            from {{ raw_table('shopify', 'order') }}
            where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
        ) as paid,
        (
            select sum({{ parse_number('subtotal_amount', 12, 6) }} - {{ parse_number('discount_amount', 12, 6) }})
            from {{ ref('shopify__orders') }}
        ) as staged
)

select
    export_rows,
    orders,
    deleted,
    export_lines,
    lines,
    tips,
    paid,
    staged
from counts
where
    (export_rows = orders + deleted) is not true
    or (export_lines = lines + tips) is not true
    or (paid = staged) is not true
