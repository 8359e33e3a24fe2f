select
    person_id,
    category as segment_value,
    units as evidence,
    last_ordered_at as evidence_at,
    {{ leaves_months('repeat_order_on', 12) }} as expires_on
from {{ ref('int_person_categories') }}
where units >= {{ setting('category_repeat_min_units') }}
