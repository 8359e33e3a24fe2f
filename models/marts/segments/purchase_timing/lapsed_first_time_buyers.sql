-- Whole days reach a multiple of the mean gap exactly when they reach it rounded up.
select
    buyers.person_id,
    '' as segment_value,
    cast(buyers.days_since_last_order as decimal(18, 4)) as evidence,
    buyers.last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_orders') }} as buyers
cross join {{ ref('int_shop_intervals') }} as shop
where
    buyers.purchases = 1
    and shop.gaps > 0
    and buyers.days_since_last_order * shop.gaps
    >= {{ setting('inactive_multiplier') }} * shop.gap_days
