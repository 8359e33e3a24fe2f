{{ config(enabled=is_asked('shopify')) }}

-- Orders of the API = orders + deleted ones; lines that Fivetran lands = lines + tips; what orders
-- were paid for goods = their subtotal prices.
with

counts as (
    select
        (select count(*) from {{ raw_table('shopify', 'order') }}) as export_rows,
        (select count(*) from {{ raw_table('shopify', 'orders') }}) as records,
        (select count(*) from {{ ref('shopify__orders') }}) as orders,
        (
            select count(*)
            from {{ raw_table('shopify', 'order') }}
            where {{ lower_case('_fivetran_deleted') }} = 'true'
        ) as deleted,
        (
            select count(*)
            from {{ raw_table('shopify', 'orders') }}
            where {{ trimmed('deleted_at') }} is not null
        ) as deleted_records,
        (select count(*) from {{ raw_table('shopify', 'order_line') }}) as export_lines,
        (
            select count(*)
            from {{ ref('shopify__order_lines') }} as lines
            inner join {{ raw_table('shopify', 'order_line', 'exported') }}
                on lines.order_line_id = exported.id
        ) as lines,
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
            select sum({{ parse_number('subtotal_price', 12, 6) }})
            from {{ raw_table('shopify', 'orders') }}
            where {{ trimmed('deleted_at') }} is null
        ) as paid_of_records,
        (
            select
                sum(
                    {{ parse_number('subtotal_amount', 12, 6) }}
                    - {{ parse_number('discount_amount', 12, 6) }}
                )
            from {{ ref('shopify__orders') }}
        ) as staged
)

select
    export_rows,
    records,
    orders,
    deleted,
    deleted_records,
    export_lines,
    lines,
    tips,
    paid,
    paid_of_records,
    staged
from counts
where
    (export_rows + records = orders + deleted + deleted_records) is not true
    or (export_lines = lines + tips) is not true
    or (coalesce(paid, 0) + coalesce(paid_of_records, 0) = staged) is not true
