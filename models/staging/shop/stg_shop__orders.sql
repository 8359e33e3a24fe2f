select
    order_id,
    customer_id,
    email,
    ordered_at,
    status,
    currency,
    subtotal_amount,
    coalesce(discount_amount, 0) as discount_amount,
    shipping_amount,
    tax_amount,
    total_amount,
    coupon_code,
    payment_method,
    shipping_method,
    sales_channel,
    shipping_city,
    shipping_country_code,
    delivered_at,
    updated_at,
    email_key,
    ordered_on
from {{ ref('base_shop__orders') }}
where rejection_reason is null
