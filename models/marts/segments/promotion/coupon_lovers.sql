select
    person_id,
    '' as segment_value,
    cast(coupon_orders_30_days as decimal(18, 4)) as evidence,
    last_coupon_order_at as evidence_at,
    {{ leaves_days('last_coupon_order_on', 30) }} as expires_on
from {{ ref('int_person_promotions') }}
where coupon_orders_30_days >= 1
