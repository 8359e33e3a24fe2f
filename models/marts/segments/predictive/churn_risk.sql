select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('churn_probability') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    purchases >= 2
    and churn_probability >= {{ setting('churn_risk_min') }}
    and churn_probability < {{ setting('predicted_lost_min') }}
