-- Alive or lost, one of the two: the two probabilities add up to 1.
select
    person_id,
    p_alive,
    churn_probability
from {{ ref('person_predictions') }}
where
    p_alive is not null
    and (
        p_alive between 0 and 1
        and churn_probability between 0 and 1
        and abs(p_alive + churn_probability - 1) < 1e-12
        and order_probability_30_days between 0 and 1
        and order_probability_90_days between 0 and 1
        and order_probability_365_days between 0 and 1
    ) is not true
