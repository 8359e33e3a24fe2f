select
    buyers.person_id,
    '' as segment_value,
    cast(buyers.orders_6_months as decimal(18, 4)) as evidence,
    buyers.last_order_at as evidence_at,
    {{ leaves_months('nth_newest.ordered_on', 6) }} as expires_on
from {{ ref('int_person_orders') }} as buyers
inner join {{ ref('int_person_newest_orders') }} as nth_newest
    on
        buyers.person_id = nth_newest.person_id
        and nth_newest.newest_first = {{ setting('frequent_buyers_min_orders') }}
where buyers.orders_6_months >= {{ setting('frequent_buyers_min_orders') }}
