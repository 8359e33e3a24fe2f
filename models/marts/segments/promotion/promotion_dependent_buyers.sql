select
    buyers.person_id,
    '' as segment_value,
    {{ rounded_ratio('100 * promotions.promoted_orders', 'buyers.orders') }} as evidence,
    buyers.last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_orders') }} as buyers
inner join {{ ref('int_person_promotions') }} as promotions
    on buyers.person_id = promotions.person_id
where
    buyers.orders >= {{ setting('promotion_min_orders') }}
    and promotions.promoted_orders >= {{ setting('promotion_share') }} * buyers.orders
