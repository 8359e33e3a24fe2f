select
    person_id,
    collection as segment_value,
    {{ evidence_of('sum(units)') }} as evidence,
    max(last_ordered_at) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_products') }}
where collection is not null
group by
    person_id,
    collection
having sum(units) >= 1
