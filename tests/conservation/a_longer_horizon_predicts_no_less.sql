-- Orders add up with time. Only who is alive orders, and whoever does orders at least once.
select
    person_id,
    p_alive,
    expected_orders_30_days,
    order_probability_30_days
from {{ ref('person_predictions') }}
where
    p_alive is not null
    and (
        0 <= expected_orders_30_days
        and expected_orders_30_days <= expected_orders_90_days
        and expected_orders_90_days <= expected_orders_365_days
        and order_probability_30_days <= order_probability_90_days
        and order_probability_90_days <= order_probability_365_days
        and order_probability_365_days <= p_alive
        -- sums of rounded numbers
        and order_probability_30_days <= expected_orders_30_days * (1 + 1e-6)
        and order_probability_90_days <= expected_orders_90_days * (1 + 1e-6)
        and order_probability_365_days <= expected_orders_365_days * (1 + 1e-6)
    ) is not true
