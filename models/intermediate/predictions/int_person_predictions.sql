{#- long: what is published of each person, column by column -#}
with

-- nothing is predicted where ranks are no better than chance
people as (
    select
        means.person_id,
        {%- for column in [
            'p_alive',
            'order_probability_30_days', 'order_probability_90_days', 'order_probability_365_days',
            'expected_orders_30_days', 'expected_orders_90_days', 'expected_orders_365_days',
            'days_to_next_order', 'expected_order_value', 'kept_share',
            'purchases_from', 'purchases_to', 'silence_from_days', 'silence_to_days',
            'similar_silent_days', 'similar_purchases',
            'similar_share_30_days', 'similar_share_90_days', 'similar_share_365_days',
        ] %}
        case when verdict.ranks_are_better then means.{{ column }} end as {{ column }},
        {%- endfor %}
        means.net_revenue_amount,
        each_day.as_of_on,
        verdict.season_factor_30_days,
        verdict.season_factor_90_days
    from {{ ref('int_mean_predictions') }} as means
    inner join {{ ref('int_prediction_days') }} as each_day on means.days_ago = each_day.days_ago
    cross join {{ ref('int_prediction_check') }} as verdict
    where means.days_ago = 0
),

-- a season may lift the nearer horizon at most to the farther one
next_90_days as (
    select
        *,
        least(order_probability_90_days * season_factor_90_days, order_probability_365_days)
            as probability_90,
        least(expected_orders_90_days * season_factor_90_days, expected_orders_365_days)
            as orders_90
    from people
),

next_30_days as (
    select
        *,
        least(order_probability_30_days * season_factor_30_days, probability_90) as probability_30,
        least(expected_orders_30_days * season_factor_30_days, orders_90) as orders_30,
        expected_orders_365_days * expected_order_value * kept_share as predicted_value
    from next_90_days
)

select
    person_id,
    p_alive,
    1 - order_probability_365_days as churn_probability,
    orders_30 as expected_orders_30_days,
    orders_90 as expected_orders_90_days,
    expected_orders_365_days,
    probability_30 as order_probability_30_days,
    probability_90 as order_probability_90_days,
    order_probability_365_days,
    expected_order_value,
    predicted_value as predicted_value_365_days,
    {{ as_double('net_revenue_amount') }} + predicted_value as predicted_total_value,
    case
        when order_probability_365_days >= {{ setting('next_order_min_probability') }}
            then {{ add_days('as_of_on', 'days_to_next_order') }}
    end as expected_next_order_on,
    {{ range_of_numbers('purchases_from', 'purchases_to') }} as purchases_class,
    {{ range_of_numbers('silence_from_days', 'silence_to_days') }} as silence_band,
    similar_silent_days,
    similar_purchases,
    similar_share_30_days,
    similar_share_90_days,
    similar_share_365_days
from next_30_days
