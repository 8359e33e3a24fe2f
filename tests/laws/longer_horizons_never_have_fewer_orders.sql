-- More days never bring fewer orders, and the probability of an order is at most the expected
-- orders. Nearly equal numbers may differ in the last digits of a double.
{%- set at_most = [
    ('expected_orders_30_days', 'expected_orders_90_days'),
    ('expected_orders_90_days', 'expected_orders_365_days'),
    ('order_probability_30_days', 'order_probability_90_days'),
    ('order_probability_90_days', 'order_probability_365_days'),
    ('order_probability_30_days', 'expected_orders_30_days'),
    ('order_probability_90_days', 'expected_orders_90_days'),
    ('order_probability_365_days', 'expected_orders_365_days'),
] %}
select
    person_id,
    expected_orders_30_days,
    expected_orders_90_days,
    expected_orders_365_days,
    order_probability_30_days,
    order_probability_90_days,
    order_probability_365_days
from {{ ref('person_predictions') }}
where
    expected_orders_30_days < 0
    {%- for lesser, greater in at_most %}
    or {{ lesser }} > {{ greater }} * {{ floating(1.000000001) }}
    {%- endfor %}
