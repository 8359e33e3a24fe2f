{{ config(enabled=is_asked('woocommerce')) }}

-- Orders of the API = orders + parts of other orders; what they were paid for goods, with what is
-- charged besides, is what was charged.
with

counts as (
    select
        (select count(*) from {{ raw_table('woocommerce', 'orders') }}) as export_rows,
        (select count(*) from {{ ref('woocommerce__orders') }}) as orders,
        (
            select count(*)
            from {{ raw_table('woocommerce', 'orders') }}
            where coalesce(type, 'shop_order') <> 'shop_order' or coalesce(parent_id, '0') not in ('0', '')
        ) as parts,
        (select sum(total_amount) from {{ ref('woocommerce__line_rows') }}) as paid,
        (
            select sum({{ parse_number('subtotal_amount', 12, 6) }} - {{ parse_number('discount_amount', 12, 6) }})
            from {{ ref('woocommerce__orders') }}
        ) as staged
)

select
    export_rows,
    orders,
    parts,
    paid,
    staged
from counts
where (export_rows = orders + parts) is not true or (paid = staged) is not true
