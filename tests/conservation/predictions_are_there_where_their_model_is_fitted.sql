-- All numbers of a model or none, as its status says; a value needs both models.
with

fitted as (
    select
        max(case when predicts = 'orders' and status = 'fitted' then 1 else 0 end) as orders,
        max(case when predicts = 'order_value' and status = 'fitted' then 1 else 0 end) as order_value
    from {{ ref('model_fits') }}
)

select
    predictions.person_id,
    fitted.orders,
    fitted.order_value
from {{ ref('person_predictions') }} as predictions
cross join fitted
where
    (predictions.p_alive is not null) <> (fitted.orders = 1)
    or (predictions.churn_probability is not null) <> (fitted.orders = 1)
    or (predictions.expected_orders_30_days is not null) <> (fitted.orders = 1)
    or (predictions.expected_orders_90_days is not null) <> (fitted.orders = 1)
    or (predictions.expected_orders_365_days is not null) <> (fitted.orders = 1)
    or (predictions.order_probability_30_days is not null) <> (fitted.orders = 1)
    or (predictions.order_probability_90_days is not null) <> (fitted.orders = 1)
    or (predictions.order_probability_365_days is not null) <> (fitted.orders = 1)
    or (predictions.expected_order_value is not null) <> (fitted.order_value = 1)
    or (predictions.predicted_value_365_days is not null) <> (fitted.orders + fitted.order_value = 2)
    or (predictions.predicted_total_value is not null) <> (fitted.orders + fitted.order_value = 2)
