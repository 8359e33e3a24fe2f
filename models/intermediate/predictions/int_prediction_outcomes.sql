{#- long: what was expected, what came, and how well the two are ranked alike -#}
{%- set horizons = prediction_horizons() -%}
with

-- the 90 days after them are over
days as (
    select
        days_ago,
        as_of_on
    from {{ ref('int_prediction_days') }}
    where days_ago >= 90
),

came as (
    select
        days.days_ago,
        purchases.person_id,
        {{ days_between('days.as_of_on', 'purchases.next_purchased_on') }} as days_to_purchase
    from {{ ref('int_purchases') }} as purchases
    inner join days
        on
            purchases.purchased_on <= days.as_of_on
            and purchases.next_purchased_on > days.as_of_on
),

people as (
    select
        means.days_ago,
        {%- for days in horizons %}
        cast(means.order_probability_{{ days }}_days as decimal(18, 12)) as probability_{{ days }},
        case
            when means.days_ago < {{ days }} then null
            when came.days_to_purchase <= {{ days }} then 1
            else 0
        end as has_come_{{ days }},
        {%- endfor %}
        case
            when 1 - means.order_probability_365_days >= {{ setting('predicted_lost_min') }} then 1
            else 0
        end as is_lost
    from {{ ref('int_mean_predictions') }} as means
    left join came
        on
            means.days_ago = came.days_ago
            and means.person_id = came.person_id
    where
        means.days_ago >= 90
        and means.p_alive is not null
),

totals as (
    select
        days_ago,
        count(*) as buyers,
        {%- for days in horizons %}
        {{ as_double('sum(cast(probability_' ~ days ~ ' as decimal(38, 12)))') }}
            as expected_buyers_{{ days }}_days,
        sum(has_come_{{ days }}) as actual_buyers_{{ days }}_days,
        {%- endfor %}
        sum(is_lost) as lost_buyers,
        sum(is_lost * has_come_90) as lost_buyers_back
    from people
    group by days_ago
),

scores as (
    select
        days_ago,
        probability_90,
        count(*) as buyers,
        sum(has_come_90) as actual_buyers
    from people
    group by
        days_ago,
        probability_90
),

-- equal scores share the middle of their places, here doubled to stay whole
places as (
    select
        days_ago,
        actual_buyers,
        2 * sum(buyers) over (partition by days_ago order by probability_90) - buyers + 1
            as twice_the_place
    from scores
),

ranking as (
    select
        days_ago,
        sum(actual_buyers * twice_the_place) as twice_the_places
    from places
    group by days_ago
)

select
    days.days_ago,
    cast(coalesce(totals.buyers, 0) as bigint) as buyers,
    {%- for days in horizons %}
    totals.expected_buyers_{{ days }}_days,
    cast(totals.actual_buyers_{{ days }}_days as bigint) as actual_buyers_{{ days }}_days,
    {%- endfor %}
    cast(coalesce(totals.lost_buyers, 0) as bigint) as lost_buyers,
    cast(coalesce(totals.lost_buyers_back, 0) as bigint) as lost_buyers_back,
    {{ as_double(
        'ranking.twice_the_places'
        ~ ' - totals.actual_buyers_90_days * (totals.actual_buyers_90_days + 1)'
    ) }}
    / nullif(
        2 * {{ as_double('totals.actual_buyers_90_days') }}
        * (totals.buyers - totals.actual_buyers_90_days),
        0
    ) as auc
from days
left join totals on days.days_ago = totals.days_ago
left join ranking on days.days_ago = ranking.days_ago
