-- Every probability is from 0 to 1, and ordering within a year and not add up to 1.
select
    person_id,
    p_alive,
    churn_probability,
    order_probability_30_days,
    order_probability_90_days,
    order_probability_365_days
from {{ ref('person_predictions') }}
where
    (p_alive between 0 and 1) is false
    or (churn_probability between 0 and 1) is false
    or (order_probability_30_days between 0 and 1) is false
    or (order_probability_90_days between 0 and 1) is false
    or (order_probability_365_days between 0 and 1) is false
    or (churn_probability = 1 - order_probability_365_days) is false
