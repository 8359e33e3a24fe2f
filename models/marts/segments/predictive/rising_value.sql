select
    person_id,
    '' as segment_value,
    {{ predicted_evidence('predicted_value_365_days / net_revenue_12_months_amount') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_prediction_ranks') }}
where
    purchases >= 2
    and stage not in ('at_risk_customers', 'inactive_customers')
    and order_probability_365_days >= {{ setting('rising_min_probability') }}
    and net_revenue_12_months_amount > 0
    and cast({{ at_most('predicted_value_365_days', 1000000000000000000) }} as decimal(28, 9))
    > {{ setting('rising_multiple') }} * net_revenue_12_months_amount
