{{ config(enabled=is_asked('woocommerce')) }}

-- Orders of the API and of the database = orders + refunds and parts of other orders + posts that
-- the order tables have; what they were paid for goods, with what is charged besides, is what was
-- charged.
with

counts as (
    select
        (select count(*) from {{ raw_table('woocommerce', 'orders') }}) as export_rows,
        (select count(*) from {{ raw_table('woocommerce', 'wp_wc_orders') }}) as newer_rows,
        (
            select count(*)
            from {{ raw_table('woocommerce', 'wp_posts', 'posts') }}
            where posts.post_type in ('shop_order', 'shop_order_refund')
        ) as older_rows,
        (select count(*) from {{ ref('woocommerce__orders') }}) as orders,
        (
            select count(*)
            from {{ raw_table('woocommerce', 'orders') }}
            where
                coalesce(type, 'shop_order') <> 'shop_order'
                or coalesce(parent_id, '0') not in ('0', '')
        ) as parts,
        (
            select count(*)
            from {{ ref('woocommerce__stored_orders') }}
            where kind <> 'shop_order'
        ) as stored_parts,
        (
            select count(*)
            from {{ raw_table('woocommerce', 'wp_posts', 'posts') }}
            inner join {{ raw_table('woocommerce', 'wp_wc_orders', 'orders') }}
                on posts.id = orders.id
            where posts.post_type in ('shop_order', 'shop_order_refund')
        ) as twice,
        (select sum(total_amount) from {{ ref('woocommerce__line_rows') }}) as paid,
        (
            select
                sum(
                    {{ parse_number('subtotal_amount', 12, 6) }}
                    - {{ parse_number('discount_amount', 12, 6) }}
                )
            from {{ ref('woocommerce__orders') }}
        ) as staged
)

select
    export_rows,
    newer_rows,
    older_rows,
    orders,
    parts,
    stored_parts,
    twice,
    paid,
    staged
from counts
where
    (export_rows + newer_rows + older_rows = orders + parts + stored_parts + twice) is not true
    or (paid = staged) is not true
