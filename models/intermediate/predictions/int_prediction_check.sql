{#- long: five questions to the past, and a warning for each -#}
{%- set least_level, most_level = setting('prediction_level_range') -%}
{%- set least_year, most_year = setting('prediction_year_range') -%}
with

fit as (
    select
        status = 'fitted' as is_fitted,
        a / (a + b) as leaving_share
    from {{ ref('int_model_fits') }}
    where
        days_ago = 0
        and predicts = 'orders'
),

shop as (
    select coalesce(max(tenure_days), 0) as history_days
    from {{ ref('int_person_histories') }}
    where days_ago = 0
),

measured as (
    select
        fit.is_fitted,
        fit.leaving_share,
        shop.history_days,
        quarter_ago.auc as ranking_auc,
        quarter_ago.lost_buyers as lost_buyers_checked,
        {{ as_double('quarter_ago.lost_buyers_back') }} * quarter_ago.buyers
        / nullif({{ as_double('quarter_ago.lost_buyers') }} * quarter_ago.actual_buyers_90_days, 0)
            as lost_return_ratio,
        quarter_ago.lost_buyers >= {{ setting('prediction_lost_min_buyers') }}
        and quarter_ago.actual_buyers_90_days > 0
        and quarter_ago.lost_buyers_back * quarter_ago.buyers
        >= {{ setting('prediction_lost_max_return') }}
        * (quarter_ago.lost_buyers * quarter_ago.actual_buyers_90_days) as lost_come_back,
        {%- for days in prediction_horizons() %}
        year_ago.expected_buyers_{{ days }}_days / nullif(year_ago.actual_buyers_{{ days }}_days, 0)
            as last_year_level_{{ days }}_days,
        {%- endfor %}
        quarter_ago.expected_buyers_90_days / nullif(quarter_ago.actual_buyers_90_days, 0)
            as last_quarter_level
    from fit
    cross join shop
    inner join {{ ref('int_prediction_outcomes') }} as quarter_ago on quarter_ago.days_ago = 90
    inner join {{ ref('int_prediction_outcomes') }} as year_ago on year_ago.days_ago = 365
),

rounded as (
    select
        -- to nine digits, beyond which engines differ
        {%- for column in [
            'ranking_auc',
            'lost_return_ratio',
            'last_quarter_level',
            'last_year_level_30_days',
            'last_year_level_90_days',
            'last_year_level_365_days',
        ] %}
        {{ as_double('cast(' ~ column ~ ' as decimal(28, 9))') }} as {{ column }},
        {%- endfor %}
        is_fitted,
        history_days,
        lost_buyers_checked,
        lost_come_back,
        leaving_share
    from measured
)

select
    cast(history_days as integer) as history_days,
    ranking_auc,
    coalesce(ranking_auc >= {{ setting('prediction_min_auc') }}, true) as ranks_are_better,
    cast(lost_buyers_checked as integer) as lost_buyers_checked,
    lost_return_ratio,
    lost_come_back,
    last_quarter_level,
    last_year_level_30_days,
    last_year_level_90_days,
    last_year_level_365_days,
    coalesce({{ as_double('cast(1 / last_year_level_30_days as decimal(28, 9))') }}, 1)
        as season_factor_30_days,
    coalesce({{ as_double('cast(1 / last_year_level_90_days as decimal(28, 9))') }}, 1)
        as season_factor_90_days,
    replace(
        trim(
            case
                when
                    is_fitted
                    and ranking_auc >= {{ setting('prediction_min_auc') }}
                    and ranking_auc < {{ setting('prediction_warn_auc') }}
                    then 'ranks_barely_better '
                else ''
            end
            || case when is_fitted and lost_come_back then 'lost_come_back ' else '' end
            || case
                when
                    is_fitted
                    and (
                        last_year_level_30_days < {{ least_level }}
                        or last_year_level_30_days > {{ most_level }}
                        or last_year_level_90_days < {{ least_level }}
                        or last_year_level_90_days > {{ most_level }}
                    )
                    then 'level_off_last_year '
                else ''
            end
            || case
                when is_fitted and leaving_share < {{ setting('prediction_min_leaving_share') }}
                    then 'no_departures_seen '
                else ''
            end
            || case
                when
                    is_fitted
                    and (
                        last_year_level_365_days < {{ least_year }}
                        or last_year_level_365_days > {{ most_year }}
                    )
                    then 'year_off '
                else ''
            end
            || case
                when is_fitted and history_days < {{ setting('prediction_proven_days') }}
                    then 'year_not_proven '
                else ''
            end
        ),
        ' ',
        ', '
    ) as warnings
from rounded
