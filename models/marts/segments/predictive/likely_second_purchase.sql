select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('order_probability_90_days') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    purchases = 1
    and second_purchase_rank - 1 < {{ setting('likely_second_share') }} * one_time_buyers
