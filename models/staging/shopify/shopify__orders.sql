{{ config(enabled=is_asked('shopify')) }}

with

goods as (
    select
        order_id as goods_of,
        cast(sum(list_amount) as decimal(18, 6)) as list_amount
    from {{ ref('shopify__line_rows') }}
    group by order_id
),

discounted as (
    select
        orders.*,
        case
            when goods.list_amount > orders.paid_amount then goods.list_amount - orders.paid_amount
            else 0
        end as discount
    from {{ ref('shopify__order_rows') }} as orders
    left join goods on orders.order_id = goods.goods_of
)

select
    order_id,
    customer_id,
    email,
    phone,
    created_at as ordered_at,
    {{ shopify_status() }} as status,
    currency,
    {{ amount_text('paid_amount + discount', 'subtotal_amount') }} as subtotal_amount,
    cast(discount as {{ dbt.type_string() }}) as discount_amount,
    shipping_amount,
    tax_amount,
    {{ amount_text('charged_amount - coalesce(tip_amount, 0)', 'total_amount') }} as total_amount,
    {{ shopify_coupon('coupon_code') }} as coupon_code,
    payment_method,
    shipping_method,
    {{ shopify_channel('source') }} as sales_channel,
    city as shipping_city,
    country_code as shipping_country_code,
    is_test,
    updated_at
from discounted
