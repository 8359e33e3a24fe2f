{% macro person_predictions(expectations, table, check=none, days_ago=0) %}
    {#-
    What is predicted of each contact with an order: the mean of what the purchase model and the life table expect, times
    the season. Formulas in the descriptions of int_person_predictions.

    Arguments: expectations (relation, or query in brackets, with the columns of int_model_predictions), table (relation
    with those of int_life_table), check (relation with those of int_prediction_check; none: without a season, and
    whatever a check would find), days_ago (as of the expectations).
    Returns: SQL query with the columns of int_person_predictions.
    -#}
    {%- set source %}
        select
            people.*,
            {%- if check %}
            checked.season_factor_30_days,
            checked.season_factor_90_days,
            {%- else %}
            {{ as_double(1) }} as season_factor_30_days,
            {{ as_double(1) }} as season_factor_90_days,
            {%- endif %}
            shares.purchases_from,
            shares.purchases_to,
            shares.silence_from_days,
            shares.silence_to_days,
            shares.silent_days,
            shares.purchases as purchases_of_class,
            shares.share_30,
            shares.share_90,
            shares.share_365
        from people
        left join shares
            on
                {{ purchases_class('people.purchases') }} = shares.purchases_from
                and people.days_since_purchase = shares.days_since_purchase
                and people.p_alive is not null
        {%- if check %}
        cross join {{ check }} as checked
        {%- endif %}
    {%- endset %}
    {%- set means, orders = {}, {} -%}
    {%- for days in prediction_horizons() -%}
        {%- do means.update({
            'mean_' ~ days: mean_of_model_and_table('order_probability_' ~ days ~ '_days', 'share_' ~ days),
        }) -%}
        {%- do orders.update({
            'orders_' ~ days: 'mean_' ~ days ~ ' * expected_orders_' ~ days ~ '_days / order_probability_' ~ days ~ '_days',
        }) -%}
    {%- endfor -%}
    {#- a season may lift the nearer horizon at most to the farther one -#}
    {%- set steps = [
        means,
        orders,
        {
            'probability_90': 'least(mean_90 * season_factor_90_days, mean_365)',
            'seasonal_orders_90': 'least(orders_90 * season_factor_90_days, orders_365)',
        },
        {
            'probability_30': 'least(mean_30 * season_factor_30_days, probability_90)',
            'seasonal_orders_30': 'least(orders_30 * season_factor_30_days, seasonal_orders_90)',
            'predicted_value': 'orders_365 * expected_order_value * kept_share',
        },
    ] -%}
with

people as (
    select
        model.person_id,
        model.purchases,
        model.days_since_purchase,
        {%- for column in [
            'p_alive', 'order_probability_30_days', 'order_probability_90_days', 'order_probability_365_days',
            'expected_order_value',
        ] %}
        {%- if check %}
        case when checked.ranks_are_better then model.{{ column }} end as {{ column }},
        {%- else %}
        model.{{ column }},
        {%- endif %}
        {%- endfor %}
        model.expected_orders_30_days,
        model.expected_orders_90_days,
        model.expected_orders_365_days,
        model.days_to_next_order,
        model.kept_share,
        model.net_revenue_amount
    from {{ expectations }} as model
    {%- if check %}
    cross join {{ check }} as checked
    {%- endif %}
),

shares as (
    {{ silence_chances('people', table) }}
),

predicted as (
    {{ in_steps(source, steps) }}
)

select
    predicted.person_id,
    predicted.p_alive,
    1 - predicted.mean_365 as churn_probability,
    predicted.seasonal_orders_30 as expected_orders_30_days,
    predicted.seasonal_orders_90 as expected_orders_90_days,
    predicted.orders_365 as expected_orders_365_days,
    predicted.probability_30 as order_probability_30_days,
    predicted.probability_90 as order_probability_90_days,
    predicted.mean_365 as order_probability_365_days,
    predicted.expected_order_value,
    predicted.predicted_value as predicted_value_365_days,
    {{ as_double('predicted.net_revenue_amount') }} + predicted.predicted_value as predicted_total_value,
    case
        when predicted.mean_365 >= {{ setting('next_order_min_probability') }}
            then {{ add_days(add_days('as_of.as_of_on', -days_ago), 'predicted.days_to_next_order') }}
    end as expected_next_order_on,
    {{ range_of_numbers('predicted.purchases_from', 'predicted.purchases_to') }} as purchases_class,
    {{ range_of_numbers('predicted.silence_from_days', 'predicted.silence_to_days') }} as silence_band,
    predicted.silent_days as similar_silent_days,
    predicted.purchases_of_class as similar_purchases,
    predicted.share_30 as similar_share_30_days,
    predicted.share_90 as similar_share_90_days,
    predicted.share_365 as similar_share_365_days
from predicted
cross join {{ ref('as_of') }} as as_of
{% endmacro %}


{% macro range_of_numbers(first, last) -%}
    {#-
    Arguments: first, last (SQL expressions, whole numbers; no last: without an end).
    Returns: SQL expression, text such as 3-4, 2 or 20+.
    -#}
    case
        when {{ first }} = {{ last }} then cast({{ first }} as {{ dbt.type_string() }})
        else cast({{ first }} as {{ dbt.type_string() }})
            || coalesce('-' || cast({{ last }} as {{ dbt.type_string() }}), '+')
    end
{%- endmacro %}
