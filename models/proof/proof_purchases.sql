-- Days with an order, person by person, and each person's first one.
select
    person_id,
    ordered_on,
    {{ first_of_month('ordered_on') }} as month,
    {{ first_of_month('min(ordered_on) over (partition by person_id)') }} as first_month,
    ordered_on = min(ordered_on) over (partition by person_id) as is_first,
    count(*) as orders,
    cast(sum(net_revenue_amount) as decimal(38, 4)) as net_revenue_amount
from {{ ref('proof_orders') }}
where person_id is not null
group by
    person_id,
    ordered_on
