{{ config(enabled=is_asked('woocommerce')) }}

-- An order's goods are its lines: before coupons their subtotals, after them their totals.
with

goods as (
    select
        order_id as goods_of,
        sum(subtotal_amount) as subtotal_amount,
        sum(subtotal_amount - total_amount) as discount_amount
    from {{ ref('woocommerce__line_rows') }}
    group by order_id
),

orders as (
    select
        *,
        {{ parse_number('shipping_total', 12, 6) }} as untaxed_shipping,
        coalesce({{ parse_number('shipping_tax', 12, 6) }}, 0) as tax_of_shipping
    from {{ ref('woocommerce__order_rows') }}
)

select
    orders.id as order_id,
    nullif(orders.customer_id, '0') as customer_id,
    orders.email,
    orders.phone,
    {{ as_utc(trimmed('orders.date_created_gmt')) }} as ordered_at,
    case
        when {{ lower_case('orders.status') }} in ('on-hold', 'wc-on-hold') then 'pending'
        else orders.status
    end as status,
    orders.currency,
    cast(coalesce(goods.subtotal_amount, 0) as {{ dbt.type_string() }}) as subtotal_amount,
    cast(coalesce(goods.discount_amount, 0) as {{ dbt.type_string() }}) as discount_amount,
    cast(
        orders.untaxed_shipping
        + case when orders.is_with_tax then orders.tax_of_shipping else 0 end
        as {{ dbt.type_string() }}
    ) as shipping_amount,
    orders.total_tax as tax_amount,
    orders.total as total_amount,
    orders.coupon_code,
    orders.payment_method_title as payment_method,
    orders.shipping_method,
    case orders.created_via
        when 'checkout' then 'web' when 'admin' then 'store' else orders.created_via
    end as sales_channel,
    orders.city as shipping_city,
    orders.country as shipping_country_code,
    {{ as_utc(trimmed('orders.date_modified_gmt')) }} as updated_at
from orders
left join goods on orders.id = goods.goods_of
