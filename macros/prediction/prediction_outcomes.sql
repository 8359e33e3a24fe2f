{% macro prediction_outcomes(histories, fits, table, days_ago) %}
    {#-
    What would have been predicted some time ago, and what came.

    Arguments: histories, fits, table (relations with the columns of int_person_histories, int_model_fits and
    int_life_table, as of that day), days_ago (how many days before the as-of date that is).
    Returns: SQL query of one row with the columns of int_quarter_ago_outcomes.
    -#}
    {%- set horizons = prediction_horizons() -%}
with

cut_off as (
    select {{ add_days('as_of_on', -days_ago) }} as as_of_on
    from {{ ref('as_of') }}
),

expectations as (
    select *
    from (
        {{ model_predictions(histories, fits) }}
    ) as model
    where p_alive is not null
),

shares as (
    {{ silence_chances('expectations', table) }}
),

came as (
    select
        purchases.person_id,
        {{ days_between('cut_off.as_of_on', 'purchases.next_purchased_on') }} as days_to_purchase
    from {{ ref('int_purchases') }} as purchases
    cross join cut_off
    where
        purchases.purchased_on <= cut_off.as_of_on
        and purchases.next_purchased_on > cut_off.as_of_on
),

people as (
    select
        {%- for days in horizons %}
        cast({{ mean_of_model_and_table(
            'expectations.order_probability_' ~ days ~ '_days', 'shares.share_' ~ days
        ) }} as decimal(18, 12)) as probability_{{ days }},
        {%- if days <= days_ago %}
        case when came.days_to_purchase <= {{ days }} then 1 else 0 end as has_come_{{ days }},
        {%- endif %}
        {%- endfor %}
        case
            when
                1 - ({{ mean_of_model_and_table('expectations.order_probability_365_days', 'shares.share_365') }})
                >= {{ setting('predicted_lost_min') }}
                then 1
            else 0
        end as is_lost
    from expectations
    inner join shares
        on
            {{ purchases_class('expectations.purchases') }} = shares.purchases_from
            and expectations.days_since_purchase = shares.days_since_purchase
    left join came on expectations.person_id = came.person_id
),

totals as (
    select
        count(*) as buyers,
        {%- for days in horizons %}
        {{ as_double('sum(cast(probability_' ~ days ~ ' as decimal(38, 12)))') }} as expected_buyers_{{ days }}_days,
        {{ 'sum(has_come_' ~ days ~ ')' if days <= days_ago else 'cast(null as bigint)' }} as actual_buyers_{{ days }}_days,
        {%- endfor %}
        sum(is_lost) as lost_buyers,
        sum(is_lost * has_come_90) as lost_buyers_back
    from people
),

scores as (
    select
        probability_90,
        count(*) as buyers,
        sum(has_come_90) as actual_buyers
    from people
    group by probability_90
),

-- equal scores share the middle of their places, here doubled to stay whole
places as (
    select
        actual_buyers,
        2 * sum(buyers) over (order by probability_90) - buyers + 1 as twice_the_place
    from scores
),

ranking as (
    select sum(actual_buyers * twice_the_place) as twice_the_places
    from places
)

select
    cast(totals.buyers as bigint) as buyers,
    {%- for days in horizons %}
    totals.expected_buyers_{{ days }}_days,
    cast(totals.actual_buyers_{{ days }}_days as bigint) as actual_buyers_{{ days }}_days,
    {%- endfor %}
    cast(coalesce(totals.lost_buyers, 0) as bigint) as lost_buyers,
    cast(coalesce(totals.lost_buyers_back, 0) as bigint) as lost_buyers_back,
    {{ as_double('ranking.twice_the_places - totals.actual_buyers_90_days * (totals.actual_buyers_90_days + 1)') }}
    / nullif(
        2 * {{ as_double('totals.actual_buyers_90_days') }} * (totals.buyers - totals.actual_buyers_90_days),
        0
    ) as auc
from totals
cross join ranking
{% endmacro %}
