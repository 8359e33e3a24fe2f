select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('churn_probability') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    churn_probability >= {{ setting('predicted_lost_min') }}
    and not lost_come_back
