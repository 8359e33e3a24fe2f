select
    person_id,
    p_alive,
    churn_probability,
    expected_orders_30_days,
    expected_orders_90_days,
    expected_orders_365_days,
    order_probability_30_days,
    order_probability_90_days,
    order_probability_365_days,
    expected_order_value,
    predicted_value_365_days,
    predicted_total_value,
    expected_next_order_on
from {{ ref('int_person_predictions') }}
