select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('order_probability_30_days') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where order_30_days_rank - 1 < {{ setting('likely_to_buy_share') }} * buyers
