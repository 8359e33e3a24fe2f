-- long: all shares of the family, ranked in one pass. They are of the contacts with a prediction;
-- ties go by person_id.
with

people as (
    select
        predictions.person_id,
        predictions.churn_probability,
        predictions.expected_orders_365_days,
        predictions.order_probability_30_days,
        predictions.order_probability_90_days,
        predictions.order_probability_365_days,
        predictions.predicted_value_365_days,
        predictions.expected_next_order_on,
        {{ days_between('as_of.as_of_on', 'predictions.expected_next_order_on') }}
            as days_to_next_order,
        features.purchases,
        features.net_revenue_12_months_amount,
        features.last_order_at,
        features.stage,
        verdict.lost_come_back,
        features.purchases = 1 as bought_once,
        features.stage in ('at_risk_customers', 'inactive_customers') as has_lapsed
    from {{ ref('int_person_predictions') }} as predictions
    inner join {{ ref('int_person_features') }} as features
        on predictions.person_id = features.person_id
    cross join {{ ref('as_of') }} as as_of
    cross join {{ ref('int_prediction_check') }} as verdict
    where predictions.churn_probability is not null
),

ranked as (
    select
        people.*,
        count(*) over () as buyers,
        row_number() over (
            order by people.order_probability_30_days desc, {{ byte_order('people.person_id') }}
        ) as order_30_days_rank,
        count(people.predicted_value_365_days) over () as valued_buyers,
        row_number() over (
            order by
                people.predicted_value_365_days desc nulls last,
                {{ byte_order('people.person_id') }}
        ) as value_rank,
        count(*) over (partition by people.bought_once) as one_time_buyers,
        row_number() over (
            partition by people.bought_once
            order by people.order_probability_90_days desc, {{ byte_order('people.person_id') }}
        ) as second_purchase_rank,
        count(people.predicted_value_365_days) over (partition by people.has_lapsed)
            as lapsed_buyers,
        row_number() over (
            partition by people.has_lapsed
            order by
                people.predicted_value_365_days desc nulls last,
                {{ byte_order('people.person_id') }}
        ) as win_back_rank
    from people
)

select
    person_id,
    purchases,
    net_revenue_12_months_amount,
    last_order_at,
    stage,
    lost_come_back,
    churn_probability,
    expected_orders_365_days,
    order_probability_30_days,
    order_probability_90_days,
    order_probability_365_days,
    predicted_value_365_days,
    expected_next_order_on,
    days_to_next_order,
    cast(buyers as bigint) as buyers,
    cast(order_30_days_rank as bigint) as order_30_days_rank,
    cast(valued_buyers as bigint) as valued_buyers,
    cast(value_rank as bigint) as value_rank,
    cast(case when bought_once then one_time_buyers end as bigint) as one_time_buyers,
    cast(case when bought_once then second_purchase_rank end as bigint) as second_purchase_rank,
    cast(case when has_lapsed then lapsed_buyers end as bigint) as lapsed_buyers,
    cast(case when has_lapsed then win_back_rank end as bigint) as win_back_rank
from ranked
