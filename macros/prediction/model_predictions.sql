{% macro model_predictions(histories, fits) %}
    {#-
    What fitted models expect of each contact with an order: formulas in the descriptions of int_model_predictions.

    Arguments: histories (relation with the columns of int_person_histories), fits (relation with those of
    int_model_fits).
    Returns: SQL query with the columns of int_model_predictions.
    -#}
    {%- set modified = setting('purchase_model') == 'mbg_nbd' -%}
    {%- set horizons = prediction_horizons() -%}
with

purchase_fit as (
    select
        r,
        alpha_days as alpha,
        a,
        b
    from {{ fits }}
    where
        predicts = 'orders'
        and status = 'fitted'
),

spend_fit as (
    select *
    from {{ fits }}
    where
        predicts = 'order_value'
        and status = 'fitted'
),

ages as (
    select distinct
        {{ as_double('repeat_purchases') }} as x,
        {{ as_double('tenure_days') }} as t
    from {{ histories }}
),

-- How likely a customer with x repeat purchases, who has not left, is to leave after a purchase: that
-- chance has a beta distribution. It is summed up on points of its logit, dense about the middle.
points as (
    select
        (exp(place) - exp(-place)) / 2 as hyperbolic_sine,
        ln((exp(place) + exp(-place)) / 2) as log_spacing
    from (
        select -5 + 8 * {{ as_double('whole_number') }} / 63 as place
        from (
            {{ whole_numbers(0, 63) }}
        ) as numbers
    ) as places
),

chances as (
    select
        beta.x,
        beta.a,
        beta.b_now,
        points.log_spacing,
        greatest(
            least(
                ln(beta.a / beta.b_now)
                + sqrt(1 / beta.a + 1 / beta.b_now) * points.hyperbolic_sine,
                600
            ),
            -600
        ) as logit
    from (
        select distinct
            ages.x,
            purchase_fit.a,
            purchase_fit.b + ages.x{{ ' + 1' if modified }} as b_now
        from ages
        cross join purchase_fit
    ) as beta
    cross join points
),

densities as (
    select
        x,
        1 / (1 + exp(-logit)) as chance,
        log_spacing - a * ln(1 + exp(-logit)) - b_now * ln(1 + exp(logit)) as log_density
    from chances
),

relative as (
    select
        x,
        chance,
        exp(greatest(log_density - max(log_density) over (partition by x), -500)) as density
    from densities
),

weights as (
    select
        x,
        chance,
        density / {{ as_double('sum(cast(density as decimal(38, 18))) over (partition by x)') }} as weight
    from relative
),

-- Expected orders of a customer who has not left: (1 - (1 + chance h / (alpha + t)) ^ -(r + x)) / chance
-- for a known chance (Fader, Hardie and Lee 2005, before the average over it is taken).
terms as (
    select
        ages.x,
        ages.t,
        weights.chance,
        weights.weight,
        purchase_fit.r + ages.x as shape,
        {%- for days in horizons %}
        {{ as_double(days) }} / (purchase_fit.alpha + ages.t) as horizon_{{ days }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ages
    inner join weights on ages.x = weights.x
    cross join purchase_fit
    where weights.weight > 1e-17
),

expected as (
    select
        x,
        t,
        {%- for days in horizons %}
        {{ as_double('sum(cast(weight * ' ~ orders_at_chance('shape', 'chance', 'horizon_' ~ days) ~ ' as decimal(38, 18)))') }}
            as orders_{{ days }}{{ ',' if not loop.last }}
        {%- endfor %}
    from terms
    group by
        x,
        t
),

people as (
    select
        buyers.*,
        {{ as_double('buyers.repeat_purchases') }} as x,
        {{ as_double('buyers.recency_days') }} as t_x,
        {{ as_double('buyers.tenure_days') }} as t,
        purchase_fit.r,
        purchase_fit.alpha,
        purchase_fit.a,
        purchase_fit.b,
        purchase_fit.r + buyers.repeat_purchases as shape,
        purchase_fit.alpha + buyers.tenure_days as age
    from {{ histories }} as buyers
    left join purchase_fit on true
),

scored as (
    select
        person_id,
        repeat_purchases,
        tenure_days - recency_days as days_since_purchase,
        x,
        t,
        shape,
        age,
        case when r is not null then 1 / (1 + exp({{ leaving_odds(modified) }})) end as p_alive,
        {%- for days in horizons %}
        1 - exp(-shape * ln(1 + {{ days }} / age)) as order_probability_if_alive_{{ days }},
        {%- endfor %}
        paid_purchases,
        log_amount,
        repeat_paid_purchases,
        repeat_paid_amount,
        net_revenue_amount
    from people
),

valued as (
    select
        scored.*,
        spend_fit.kept_share,
        {%- if setting('spend_model') == 'gamma_gamma' %}
        spend_fit.p * (spend_fit.v + scored.repeat_paid_amount)
        / (spend_fit.p * scored.repeat_paid_purchases + spend_fit.q - 1) as expected_order_value
        {%- else %}
        {{ log_normal_value(
            'scored.paid_purchases', 'scored.log_amount', 'spend_fit.log_mean',
            'spend_fit.within_variance', 'spend_fit.between_variance'
        ) }} as expected_order_value
        {%- endif %}
    from scored
    left join spend_fit on true
)

select
    valued.person_id,
    valued.repeat_purchases + 1 as purchases,
    valued.days_since_purchase,
    valued.p_alive,
    {%- for days in horizons %}
    valued.p_alive * valued.order_probability_if_alive_{{ days }} as order_probability_{{ days }}_days,
    {%- endfor %}
    {%- for days in horizons %}
    valued.p_alive * expected.orders_{{ days }} as expected_orders_{{ days }}_days,
    {%- endfor %}
    -- the wait that half of those who order within the year exceed
    case
        when valued.p_alive is not null
            then cast(greatest(
                1,
                ceil(valued.age * (exp(-ln(1 - valued.order_probability_if_alive_365 / 2) / valued.shape) - 1))
            ) as integer)
    end as days_to_next_order,
    valued.expected_order_value,
    valued.kept_share,
    valued.net_revenue_amount
from valued
left join expected
    on
        valued.x = expected.x
        and valued.t = expected.t
{% endmacro %}


{% macro prediction_horizons() -%}
    {#- Returns: list of the days ahead for which something is predicted, shortest first. -#}
    {%- do return([30, 90, 365]) -%}
{%- endmacro %}
