select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('predicted_value_365_days') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where value_rank - 1 < {{ setting('high_future_value_share') }} * valued_buyers
