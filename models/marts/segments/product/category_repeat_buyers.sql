select
    person_id,
    category as segment_value,
    {{ evidence_of('sum(units)') }} as evidence,
    max(ordered_at) filter (where units > 0) as evidence_at,
    max({{ leaves_months('ordered_on', 12) }}) filter (
        where units_since >= {{ setting('category_repeat_min_units') }}
    ) as expires_on
from {{ ref('int_category_orders_12_months') }}
group by
    person_id,
    category
having sum(units) >= {{ setting('category_repeat_min_units') }}
