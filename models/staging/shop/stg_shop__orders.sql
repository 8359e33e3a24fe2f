select
    orders.order_id,
    orders.customer_id,
    orders.email,
    orders.phone,
    orders.ordered_at,
    orders.status,
    orders.currency,
    orders.subtotal_amount,
    coalesce(orders.discount_amount, 0) as discount_amount,
    orders.shipping_amount,
    orders.tax_amount,
    orders.total_amount,
    orders.coupon_code,
    orders.payment_method,
    orders.shipping_method,
    orders.sales_channel,
    orders.shipping_city,
    orders.shipping_country_code,
    orders.delivered_at,
    orders.refunded_amount,
    orders.is_test,
    orders.updated_at,
    orders.email_key,
    phones.phone_key,
    orders.ordered_on,
    orders.exchange_rate
from {{ ref('base_shop__orders') }} as orders
-- a phone says who ordered only where nothing else does
left join {{ ref('stg_shop__phones') }} as phones
    on
        orders.customer_id is null
        and orders.email is null
        and orders.phone = phones.phone
        and coalesce(orders.shipping_country_code, '{{ setting("home_country_code") }}')
        = phones.country_code
where orders.rejection_reason is null
