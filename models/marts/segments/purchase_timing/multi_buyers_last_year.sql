select
    buyers.person_id,
    '' as segment_value,
    cast(buyers.orders_12_months as decimal(18, 4)) as evidence,
    buyers.last_order_at as evidence_at,
    {{ leaves_months('second_newest.ordered_on', 12) }} as expires_on
from {{ ref('int_person_orders') }} as buyers
inner join {{ ref('int_person_newest_orders') }} as second_newest
    on
        buyers.person_id = second_newest.person_id
        and second_newest.newest_first = 2
where buyers.orders_12_months >= 2
