select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('predicted_value_365_days') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    stage in ('at_risk_customers', 'inactive_customers')
    and win_back_rank - 1 < {{ setting('win_back_share') }} * lapsed_buyers
