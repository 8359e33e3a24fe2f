-- long: every column of an order is a decision, and they stand side by side
{{ config(enabled=is_asked('shopify')) }}

with

goods as (
    select
        order_id as goods_of,
        cast(sum(list_amount) as decimal(18, 6)) as list_amount
    from {{ ref('shopify__line_rows') }}
    group by order_id
),

coupons as (
    select
        order_id as coupon_of,
        min({{ trimmed('code') }}) as code
    from {{ raw_table('shopify', 'order_discount_code') }}
    group by order_id
),

shippings as (
    select
        order_id as shipping_of,
        min({{ trimmed('title') }}) as shipping_method
    from {{ raw_table('shopify', 'order_shipping_line') }}
    group by order_id
),

payments as (
    select
        order_id as payment_of,
        min({{ trimmed('gateway') }}) as payment_method
    from {{ raw_table('shopify', 'transaction') }}
    where {{ lower_case('kind') }} in ('sale', 'authorization')
    group by order_id
),

orders as (
    select
        {{ trimmed('id') }} as order_id,
        {{ trimmed('customer_id') }} as customer_id,
        {{ trimmed('email') }} as email,
        {{ first_filled(['billing_address_phone', 'shipping_address_phone']) }} as phone,
        {{ as_utc(trimmed('created_at')) }} as created_at,
        {{ as_utc(trimmed('updated_at')) }} as updated_at,
        {{ trimmed('cancelled_at') }} as cancelled_at,
        {{ lower_case(trimmed('display_financial_status')) }} as financial_status,
        {{ lower_case(trimmed('display_fulfillment_status')) }} as fulfillment_status,
        currency_code,
        subtotal_price_set_shop_amount,
        {{ parse_number('subtotal_price_set_shop_amount', 12, 6) }} as paid_amount,
        total_shipping_price_set_shop_amount,
        total_tax_set_shop_amount,
        total_price_set_shop_amount,
        {{ parse_number('total_tip_received_set_shop_amount', 12, 6) }} as tip_amount,
        {{ parse_number('total_price_set_shop_amount', 12, 6) }} as charged_amount,
        {{ lower_case(trimmed('source_name')) }} as source,
        {{ trimmed('shipping_address_city') }} as city,
        {{ trimmed('shipping_address_country_code') }} as country_code,
        {{ lower_case('test') }} as is_test
    from {{ raw_table('shopify', 'order') }}
    where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
),

discounted as (
    select
        orders.*,
        case
            when goods.list_amount > orders.paid_amount then goods.list_amount - orders.paid_amount else 0
        end as discount
    from orders
    left join goods on orders.order_id = goods.goods_of
)

select
    discounted.order_id,
    discounted.customer_id,
    discounted.email,
    discounted.phone,
    discounted.created_at as ordered_at,
    {{ shopify_status() }} as status,
    discounted.currency_code as currency,
    {{ amount_text('discounted.paid_amount + discounted.discount', 'discounted.subtotal_price_set_shop_amount') }}
        as subtotal_amount,
    cast(discounted.discount as {{ dbt.type_string() }}) as discount_amount,
    discounted.total_shipping_price_set_shop_amount as shipping_amount,
    discounted.total_tax_set_shop_amount as tax_amount,
    {{ amount_text(
        'discounted.charged_amount - coalesce(discounted.tip_amount, 0)', 'discounted.total_price_set_shop_amount'
    ) }} as total_amount,
    {{ shopify_coupon('coupons.code') }} as coupon_code,
    payments.payment_method,
    shippings.shipping_method,
    {{ shopify_channel('discounted.source') }} as sales_channel,
    discounted.city as shipping_city,
    discounted.country_code as shipping_country_code,
    discounted.is_test,
    discounted.updated_at
from discounted
left join coupons on discounted.order_id = coupons.coupon_of
left join shippings on discounted.order_id = shippings.shipping_of
left join payments on discounted.order_id = payments.payment_of
