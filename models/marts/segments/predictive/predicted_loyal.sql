select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('expected_orders_365_days') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    order_probability_365_days >= {{ setting('predicted_loyal_min_probability') }}
    and expected_orders_365_days >= {{ setting('predicted_loyal_min_orders') }}
