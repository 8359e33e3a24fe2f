-- For each person, everything that follows from when people buy is there, or nothing; likewise what
-- follows from order values, which needs both models. The day of the next order has a law of its
-- own.
{%- set of_orders = [
    'p_alive', 'churn_probability', 'expected_orders_30_days', 'expected_orders_90_days',
    'expected_orders_365_days', 'order_probability_30_days', 'order_probability_90_days',
    'order_probability_365_days'
] %}
{%- set of_values = [
    'expected_order_value', 'predicted_value_365_days', 'predicted_total_value'
] %}
with

fitted as (
    select
        count(case when predicts = 'orders' then 1 end) as order_models,
        count(case when predicts = 'order_value' then 1 end) as value_models
    from {{ ref('model_fits') }}
    where status = 'fitted'
),

counted as (
    select
        person_id,
        {%- for column in of_orders %}
        case when {{ column }} is null then 0 else 1 end {{ '+' if not loop.last }}
        {%- endfor %} as order_predictions,
        {%- for column in of_values %}
        case when {{ column }} is null then 0 else 1 end {{ '+' if not loop.last }}
        {%- endfor %} as value_predictions
    from {{ ref('person_predictions') }}
)

select
    counted.person_id,
    counted.order_predictions,
    counted.value_predictions,
    fitted.order_models,
    fitted.value_models
from counted
cross join fitted
where
    counted.order_predictions <> {{ of_orders | length }} * fitted.order_models
    or counted.value_predictions
    <> {{ of_values | length }} * fitted.order_models * fitted.value_models
