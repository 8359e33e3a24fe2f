select
    person_id,
    '' as segment_value,
    cast(days_to_next_order as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    expected_next_order_on as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    order_probability_365_days >= {{ setting('next_order_min_probability') }}
    and days_to_next_order between 1 and {{ setting('due_days') }}
