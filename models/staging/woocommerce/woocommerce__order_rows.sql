-- long: three ways that orders come, told column by column
{{ config(enabled=is_asked('woocommerce')) }}

-- Orders of the API, with what is nested as JSON (Airbyte, files) or as columns and tables of its
-- own (dlt), and of the database.
with

{% for table, value in [('coupon_lines', 'code'), ('shipping_lines', 'method_title')] %}
{{ table }} as (
    select
        _dlt_parent_id as lines_of,
        min({{ value }}) as {{ value }}
    from {{ raw_table('woocommerce', 'orders__' ~ table) }}
    where _dlt_list_idx = '0'
    group by _dlt_parent_id
),
{% endfor %}
stored_items as (
    select
        order_id as items_of,
        min(case when order_item_type = 'coupon' then order_item_name end) as coupon_code,
        min(case when order_item_type = 'shipping' then order_item_name end) as shipping_method
    from {{ raw_table('woocommerce', 'wp_woocommerce_order_items') }}
    group by order_id
),

told as (
    select
        orders.id,
        orders.customer_id,
        coalesce({{ in_json('orders.billing', ['email']) }}, orders.billing__email) as email,
        coalesce({{ in_json('orders.billing', ['phone']) }}, orders.billing__phone) as phone,
        orders.date_created_gmt,
        orders.date_modified_gmt,
        orders.status,
        orders.currency,
        orders.prices_include_tax,
        orders.shipping_total,
        orders.shipping_tax,
        orders.total_tax,
        orders.total,
        orders.payment_method_title,
        coalesce(
            {{ in_json('orders.shipping_lines', [0, 'method_title']) }}, shipping_lines.method_title
        ) as shipping_method,
        coalesce({{ in_json('orders.coupon_lines', [0, 'code']) }}, coupon_lines.code)
            as coupon_code,
        orders.created_via,
        coalesce({{ in_json('orders.shipping', ['city']) }}, orders.shipping__city) as city,
        coalesce({{ in_json('orders.shipping', ['country']) }}, orders.shipping__country) as country
    from {{ raw_table('woocommerce', 'orders', 'orders') }}
    left join coupon_lines on orders._dlt_id = coupon_lines.lines_of
    left join shipping_lines on orders._dlt_id = shipping_lines.lines_of
    where
        coalesce(orders.type, 'shop_order') = 'shop_order'
        and coalesce(nullif(orders.parent_id, '0'), '') = ''
),

taxed as (
    select
        *,
        {{ parse_number('cart_tax', 12, 6) }}
        + coalesce({{ parse_number('shipping_tax', 12, 6) }}, 0) as tax
    from {{ ref('woocommerce__stored_orders') }}
    where kind = 'shop_order'
),

stored as (
    select
        orders.id,
        orders.customer_id,
        orders.email,
        orders.phone,
        orders.date_created_gmt,
        orders.date_modified_gmt,
        orders.status,
        orders.currency,
        orders.prices_include_tax,
        orders.shipping_total,
        orders.shipping_tax,
        {{ amount_text('orders.tax', 'orders.cart_tax') }} as total_tax,
        orders.total,
        orders.payment_method_title,
        stored_items.shipping_method,
        stored_items.coupon_code,
        orders.created_via,
        orders.city,
        orders.country
    from taxed as orders
    left join stored_items on orders.id = stored_items.items_of
),

orders as (
    select * from told
    union all
    select * from stored
)

select
    orders.*,
    {{ lower_case('orders.prices_include_tax') }} in ('true', 't', 'yes', '1') as is_with_tax
from orders
