-- long: two ways that orders come, told column by column
{{ config(enabled=is_asked('shopify')) }}

-- Orders as Fivetran lands them, and records of the API as Airbyte does.
with

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

told as (
    select
        orders.id,
        orders.customer_id,
        orders.email,
        {{ first_filled(['orders.billing_address_phone', 'orders.shipping_address_phone']) }}
            as phone,
        orders.created_at,
        orders.updated_at,
        orders.cancelled_at,
        orders.display_financial_status as financial_status,
        orders.display_fulfillment_status as fulfillment_status,
        orders.currency_code as currency,
        orders.subtotal_price_set_shop_amount as subtotal_amount,
        orders.total_shipping_price_set_shop_amount as shipping_amount,
        orders.total_tax_set_shop_amount as tax_amount,
        orders.total_price_set_shop_amount as total_amount,
        orders.total_tip_received_set_shop_amount as tip_amount,
        coupons.code as coupon_code,
        payments.payment_method,
        shippings.shipping_method,
        orders.source_name,
        orders.shipping_address_city as city,
        orders.shipping_address_country_code as country_code,
        orders.test as is_test
    from {{ raw_table('shopify', 'order', 'orders') }}
    left join coupons on orders.id = coupons.coupon_of
    left join shippings on orders.id = shippings.shipping_of
    left join payments on orders.id = payments.payment_of
    where coalesce({{ lower_case('orders._fivetran_deleted') }}, 'false') <> 'true'
    union all
    select
        id,
        {{ in_json('customer', ['id']) }} as customer_id,
        email,
        {{ first_filled([
            'phone', in_json('billing_address', ['phone']), in_json('shipping_address', ['phone'])
        ]) }} as phone,
        created_at,
        updated_at,
        cancelled_at,
        financial_status,
        fulfillment_status,
        currency,
        subtotal_price as subtotal_amount,
        {{ in_json('total_shipping_price_set', ['shop_money', 'amount']) }} as shipping_amount,
        total_tax as tax_amount,
        total_price as total_amount,
        total_tip_received as tip_amount,
        {{ in_json('discount_codes', [0, 'code']) }} as coupon_code,
        {{ in_json('payment_gateway_names', [0]) }} as payment_method,
        {{ in_json('shipping_lines', [0, 'title']) }} as shipping_method,
        source_name,
        {{ in_json('shipping_address', ['city']) }} as city,
        {{ in_json('shipping_address', ['country_code']) }} as country_code,
        test as is_test
    from {{ raw_table('shopify', 'orders') }}
    where {{ trimmed('deleted_at') }} is null
)

select
    {{ trimmed('id') }} as order_id,
    {{ trimmed('customer_id') }} as customer_id,
    {{ trimmed('email') }} as email,
    phone,
    {{ as_utc(trimmed('created_at')) }} as created_at,
    {{ as_utc(trimmed('updated_at')) }} as updated_at,
    {{ trimmed('cancelled_at') }} as cancelled_at,
    {{ lower_case(trimmed('financial_status')) }} as financial_status,
    {{ lower_case(trimmed('fulfillment_status')) }} as fulfillment_status,
    currency,
    subtotal_amount,
    {{ parse_number('subtotal_amount', 12, 6) }} as paid_amount,
    shipping_amount,
    tax_amount,
    total_amount,
    {{ parse_number('total_amount', 12, 6) }} as charged_amount,
    {{ parse_number('tip_amount', 12, 6) }} as tip_amount,
    coupon_code,
    payment_method,
    shipping_method,
    {{ lower_case(trimmed('source_name')) }} as source,
    {{ trimmed('city') }} as city,
    {{ trimmed('country_code') }} as country_code,
    {{ lower_case('is_test') }} as is_test
from told
