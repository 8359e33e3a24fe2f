select
    person_id,
    category as segment_value,
    cast(sum(units) as decimal(18, 4)) as evidence,
    max(last_ordered_at) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_products') }}
where category is not null
group by
    person_id,
    category
having sum(units) >= 1
