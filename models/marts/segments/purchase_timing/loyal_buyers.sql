select
    buyers.person_id,
    '' as segment_value,
    cast(buyers.orders_12_months as decimal(18, 4)) as evidence,
    buyers.last_order_at as evidence_at,
    {{ leaves_months('nth_newest.ordered_on', 12) }} as expires_on
from {{ ref('int_person_orders') }} as buyers
inner join {{ ref('int_person_newest_orders') }} as nth_newest
    on
        buyers.person_id = nth_newest.person_id
        and nth_newest.newest_first = {{ setting('loyal_buyers_min_orders') }}
where buyers.orders_12_months >= {{ setting('loyal_buyers_min_orders') }}
