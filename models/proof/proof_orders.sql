select
    orders.order_id,
    orders.person_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.order_value_amount,
    orders.net_revenue_amount,
    orders.sales_channel,
    orders.payment_method,
    orders.shipping_method,
    staged.coupon_code,
    {{ days_between('orders.ordered_on', 'as_of.as_of_on') }} as days_ago,
    coalesce({{ normalised_text('staged.shipping_city') }}, customers.city) as city,
    coalesce(staged.shipping_country_code, customers.country_code) as country_code,
    windows.leaves_30_days_on,
    windows.leaves_3_months_on,
    windows.leaves_6_months_on,
    windows.leaves_12_months_on
from {{ ref('orders') }} as orders
cross join {{ ref('as_of') }} as as_of
inner join {{ ref('stg_shop__orders') }} as staged on orders.order_id = staged.order_id
left join {{ ref('proof_customers') }} as customers on orders.person_id = customers.person_id
left join {{ ref('proof_days') }} as windows on orders.ordered_on = windows.counted_on
where orders.is_valid
