{{ config(enabled=is_asked('woocommerce')) }}

-- What the database keeps as posts, with what rules read of their meta: orders of older shops,
-- their refunds, and products.
{%- set names = [
    '_customer_user', '_billing_email', '_billing_phone', '_order_currency', '_order_total',
    '_order_tax', '_order_shipping', '_order_shipping_tax', '_payment_method_title', '_created_via',
    '_prices_include_tax', '_shipping_city', '_shipping_country', '_refund_amount',
    '_regular_price', '_price', '_stock', '_wc_cog_cost',
] %}
with

meta as (
    select
        {%- for name in names %}
        max(case when meta_key = '{{ name }}' then meta_value end) as {{ name }},
        {%- endfor %}
        post_id as meta_of
    from {{ raw_table('woocommerce', 'wp_postmeta') }}
    where meta_key in ({{ sql_texts(names) }})
    group by post_id
)

select
    posts.id,
    posts.post_type,
    posts.post_parent,
    posts.post_status,
    posts.post_title,
    posts.post_date_gmt,
    {%- for name in names %}
    meta.{{ name }},
    {%- endfor %}
    posts.post_modified_gmt
from {{ raw_table('woocommerce', 'wp_posts', 'posts') }}
left join meta on posts.id = meta.meta_of
