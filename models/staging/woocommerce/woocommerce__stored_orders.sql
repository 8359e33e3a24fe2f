-- long: two places of the database, told column by column
{{ config(enabled=is_asked('woocommerce')) }}

-- Orders and refunds of the database, of its order tables or, in older shops, of its posts. An
-- order in both is that of the order tables.
with

addresses as (
    select
        order_id as address_of,
        max(case when address_type = 'billing' then phone end) as phone,
        max(case when address_type = 'shipping' then city end) as city,
        max(case when address_type = 'shipping' then country end) as country
    from {{ raw_table('woocommerce', 'wp_wc_order_addresses') }}
    group by order_id
),

newer as (
    select
        orders.id,
        orders.type as kind,
        orders.parent_order_id as parent_id,
        orders.customer_id,
        orders.billing_email as email,
        addresses.phone,
        orders.date_created_gmt,
        orders.date_updated_gmt as date_modified_gmt,
        orders.status,
        orders.currency,
        operational.prices_include_tax,
        operational.shipping_total_amount as shipping_total,
        operational.shipping_tax_amount as shipping_tax,
        orders.tax_amount as cart_tax,
        orders.total_amount as total,
        orders.payment_method_title,
        operational.created_via,
        addresses.city,
        addresses.country
    from {{ raw_table('woocommerce', 'wp_wc_orders', 'orders') }}
    left join {{ raw_table('woocommerce', 'wp_wc_order_operational_data', 'operational') }}
        on orders.id = operational.order_id
    left join addresses on orders.id = addresses.address_of
),

older as (
    select
        posts.id,
        posts.post_type as kind,
        posts.post_parent as parent_id,
        posts._customer_user as customer_id,
        posts._billing_email as email,
        posts._billing_phone as phone,
        posts.post_date_gmt as date_created_gmt,
        posts.post_modified_gmt as date_modified_gmt,
        posts.post_status as status,
        posts._order_currency as currency,
        posts._prices_include_tax as prices_include_tax,
        posts._order_shipping as shipping_total,
        posts._order_shipping_tax as shipping_tax,
        posts._order_tax as cart_tax,
        coalesce(posts._order_total, posts._refund_amount) as total,
        posts._payment_method_title as payment_method_title,
        posts._created_via as created_via,
        posts._shipping_city as city,
        posts._shipping_country as country
    from {{ ref('woocommerce__post_rows') }} as posts
    left join newer on posts.id = newer.id
    where posts.post_type in ('shop_order', 'shop_order_refund') and newer.id is null
)

select * from newer
union all
select * from older
