{#- long: formulas in the descriptions of the columns, and each needs the one before -#}
{{ config(materialized='view') }}
{%- set modified = setting('purchase_model') == 'mbg_nbd' -%}
{%- set horizons = prediction_horizons() %}
with

purchase_fits as (
    select
        days_ago,
        r,
        alpha_days as alpha,
        a,
        b
    from {{ ref('int_model_fits') }}
    where
        predicts = 'orders'
        and status = 'fitted'
),

spend_fits as (
    select *
    from {{ ref('int_model_fits') }}
    where
        predicts = 'order_value'
        and status = 'fitted'
),

ages as (
    select distinct
        days_ago,
        {{ as_double('repeat_purchases') }} as x,
        {{ as_double('tenure_days') }} as t
    from {{ ref('int_person_histories') }}
),

-- How likely a customer with x repeat purchases, who has not left, is to leave after a purchase:
-- that chance has a beta distribution. It is summed up on points of its logit, dense about the
-- middle.
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
        beta.days_ago,
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
            ages.days_ago,
            ages.x,
            purchase_fits.a,
            purchase_fits.b + ages.x{{ ' + 1' if modified }} as b_now
        from ages
        inner join purchase_fits on ages.days_ago = purchase_fits.days_ago
    ) as beta
    cross join points
),

densities as (
    select
        days_ago,
        x,
        1 / (1 + exp(-logit)) as chance,
        log_spacing - a * ln(1 + exp(-logit)) - b_now * ln(1 + exp(logit)) as log_density
    from chances
),

relative as (
    select
        days_ago,
        x,
        chance,
        exp(greatest(log_density - max(log_density) over (partition by days_ago, x), -500))
            as density
    from densities
),

weights as (
    select
        days_ago,
        x,
        chance,
        density
        / {{ as_double('sum(cast(density as decimal(38, 18))) over (partition by days_ago, x)') }}
            as weight
    from relative
),

-- Expected orders of a customer who has not left, for a known chance: (1 - (1 + chance h / (alpha
-- + t)) ^ -(r + x)) / chance (Fader, Hardie and Lee 2005, before the average over it is taken).
terms as (
    select
        ages.days_ago,
        ages.x,
        ages.t,
        weights.chance,
        weights.weight,
        {%- for days in horizons %}
        {{ as_double(days) }} / (purchase_fits.alpha + ages.t) as horizon_{{ days }},
        {%- endfor %}
        purchase_fits.r + ages.x as shape
    from ages
    inner join weights
        on
            ages.days_ago = weights.days_ago
            and ages.x = weights.x
    inner join purchase_fits on ages.days_ago = purchase_fits.days_ago
    where weights.weight > 1e-17
),

expected as (
    select
        days_ago,
        {%- for days in horizons %}
        {%- set orders = orders_at_chance('shape', 'chance', 'horizon_' ~ days) %}
        {{ as_double('sum(cast(weight * ' ~ orders ~ ' as decimal(38, 18)))') }}
            as orders_{{ days }},
        {%- endfor %}
        x,
        t
    from terms
    group by
        days_ago,
        x,
        t
),

people as (
    select
        buyers.*,
        {{ as_double('buyers.repeat_purchases') }} as x,
        {{ as_double('buyers.recency_days') }} as t_x,
        {{ as_double('buyers.tenure_days') }} as t,
        purchase_fits.r,
        purchase_fits.alpha,
        purchase_fits.a,
        purchase_fits.b,
        purchase_fits.r + buyers.repeat_purchases as shape,
        purchase_fits.alpha + buyers.tenure_days as age
    from {{ ref('int_person_histories') }} as buyers
    left join purchase_fits on buyers.days_ago = purchase_fits.days_ago
),

scored as (
    select
        days_ago,
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
        spend_fits.kept_share,
        {%- if setting('spend_model') == 'gamma_gamma' %}
        spend_fits.p * (spend_fits.v + scored.repeat_paid_amount)
        / (spend_fits.p * scored.repeat_paid_purchases + spend_fits.q - 1) as expected_order_value
        {%- else %}
        {{ log_normal_value(
            'scored.paid_purchases', 'scored.log_amount', 'spend_fits.log_mean',
            'spend_fits.within_variance', 'spend_fits.between_variance'
        ) }} as expected_order_value
        {%- endif %}
    from scored
    left join spend_fits on scored.days_ago = spend_fits.days_ago
)

select
    valued.days_ago,
    valued.person_id,
    valued.repeat_purchases + 1 as purchases,
    valued.days_since_purchase,
    valued.p_alive,
    {%- for days in horizons %}
    valued.p_alive * valued.order_probability_if_alive_{{ days }}
        as order_probability_{{ days }}_days,
    {%- endfor %}
    {%- for days in horizons %}
    valued.p_alive * expected.orders_{{ days }} as expected_orders_{{ days }}_days,
    {%- endfor %}
    -- the wait that half of those who order within the year exceed
    case
        when valued.p_alive is not null
            then cast(greatest(1, ceil(
                valued.age
                * (exp(-ln(1 - valued.order_probability_if_alive_365 / 2) / valued.shape) - 1)
            )) as integer)
    end as days_to_next_order,
    valued.expected_order_value,
    valued.kept_share,
    valued.net_revenue_amount
from valued
left join expected
    on
        valued.days_ago = expected.days_ago
        and valued.x = expected.x
        and valued.t = expected.t
