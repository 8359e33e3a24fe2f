{#- long: three horizons, each of which may end in another band of the life table -#}
{{ config(materialized='view') }}
{%- set horizons = prediction_horizons() -%}
{%- set weight = setting('life_table_weight') %}
with

silences as (
    select distinct
        days_ago,
        {{ last_start('repeat_purchases + 1', life_table_classes()) }} as purchases_from,
        tenure_days - recency_days as days_since_purchase
    from {{ ref('int_person_histories') }}
),

bands as (
    select
        {%- for days in [0] + horizons %}
        {{ last_start('days_since_purchase + ' ~ days, life_table_bands()) }} as band_in_{{ days }},
        {%- endfor %}
        days_ago,
        purchases_from,
        days_since_purchase
    from silences
),

-- what share of buyers of the same class, after as many days of silence, buy within each horizon:
-- 1 - exp(-(what the daily rates of the days ahead add up to))
shares as (
    select
        bands.days_ago,
        bands.purchases_from,
        bands.days_since_purchase,
        {%- for days in horizons %}
        1 - exp(
            in_0.rate_before
            + in_0.daily_rate * (bands.days_since_purchase - in_0.silence_from_days)
            - in_{{ days }}.rate_before
            - in_{{ days }}.daily_rate
            * (bands.days_since_purchase + {{ days }} - in_{{ days }}.silence_from_days)
        ) as share_{{ days }},
        {%- endfor %}
        in_0.purchases_to,
        in_0.silence_from_days,
        in_0.silence_to_days,
        in_0.silent_days,
        in_0.purchases
    from bands
    {% for days in [0] + horizons -%}
    inner join {{ ref('int_life_table') }} as in_{{ days }}
        on
            bands.days_ago = in_{{ days }}.days_ago
            and bands.purchases_from = in_{{ days }}.purchases_from
            and bands.band_in_{{ days }} = in_{{ days }}.silence_from_days
    {% endfor -%}
),

means as (
    select
        of_model.*,
        {%- for days in horizons %}
        shares.share_{{ days }},
        {{ 1 - weight }} * of_model.order_probability_{{ days }}_days
        + {{ weight }} * shares.share_{{ days }} as mean_{{ days }},
        {%- endfor %}
        shares.purchases_from,
        shares.purchases_to,
        shares.silence_from_days,
        shares.silence_to_days,
        shares.silent_days,
        shares.purchases as similar_purchases
    from {{ ref('int_model_predictions') }} as of_model
    left join shares
        on
            of_model.days_ago = shares.days_ago
            and {{ last_start('of_model.purchases', life_table_classes()) }} = shares.purchases_from
            and of_model.days_since_purchase = shares.days_since_purchase
            and of_model.p_alive is not null
)

select
    days_ago,
    person_id,
    p_alive,
    {%- for days in horizons %}
    mean_{{ days }} as order_probability_{{ days }}_days,
    {%- endfor %}
    {%- for days in horizons %}
    mean_{{ days }} * expected_orders_{{ days }}_days / order_probability_{{ days }}_days
        as expected_orders_{{ days }}_days,
    {%- endfor %}
    {%- for days in horizons %}
    share_{{ days }} as similar_share_{{ days }}_days,
    {%- endfor %}
    silent_days as similar_silent_days,
    similar_purchases,
    purchases_from,
    purchases_to,
    silence_from_days,
    silence_to_days,
    days_to_next_order,
    expected_order_value,
    kept_share,
    net_revenue_amount
from means
