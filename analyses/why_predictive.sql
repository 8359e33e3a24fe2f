with

people as (
    {{ asked_people() | indent }}
),

facts as (
    select
        people.person_id,
        ranks.p_alive,
        ranks.churn_probability,
        ranks.expected_orders_365_days,
        coalesce(ranks.purchases, 0) as purchases,
        ranks.order_30_days_rank,
        ranks.buyers,
        ranks.second_purchase_rank,
        ranks.one_time_buyers,
        ranks.value_rank,
        ranks.valued_buyers,
        ranks.win_back_rank,
        ranks.lapsed_buyers,
        ranks.days_to_next_order,
        ranks.predicted_value_365_days,
        ranks.net_revenue_12_months_amount
    from people
    left join {{ ref('int_person_prediction_ranks') }} as ranks
        on people.person_id = ranks.person_id
),

judgements as (
    {{ conditions('facts', [
        [
            'predicted_loyal', 'probability of being alive', 'p_alive', '>=',
            setting('predicted_loyal_min_alive'),
        ],
        [
            'predicted_loyal', 'expected orders in 365 days', 'expected_orders_365_days', '>=',
            setting('predicted_loyal_min_orders'),
        ],
        [
            'high_future_value', 'rank by predicted value', 'value_rank', '<=',
            ceiling_of_ratio(setting('high_future_value_share') ~ ' * valued_buyers', 1),
        ],
        ['churn_risk', 'purchases', 'purchases', '>=', 2],
        [
            'churn_risk', 'churn probability', 'churn_probability', '>=',
            setting('churn_risk_min'),
        ],
        [
            'churn_risk', 'churn probability of who is not yet lost', 'churn_probability', '<',
            setting('predicted_lost_min'),
        ],
        [
            'likely_to_buy_30_days', 'rank by the probability of an order in 30 days',
            'order_30_days_rank', '<=',
            ceiling_of_ratio(setting('likely_to_buy_share') ~ ' * buyers', 1),
        ],
        ['likely_second_purchase', 'purchases', 'purchases', '=', 1],
        [
            'likely_second_purchase', 'rank by the probability of an order in 90 days',
            'second_purchase_rank', '<=',
            ceiling_of_ratio(setting('likely_second_share') ~ ' * one_time_buyers', 1),
        ],
        ['due_to_reorder', 'days to an order yet to come', 'days_to_next_order', '>=', 1],
        [
            'due_to_reorder', 'days to the next order', 'days_to_next_order', '<=',
            setting('due_days'),
        ],
        [
            'win_back_worthwhile', 'rank by predicted value of those at risk or inactive',
            'win_back_rank', '<=',
            ceiling_of_ratio(setting('win_back_share') ~ ' * lapsed_buyers', 1),
        ],
        ['rising_value', 'purchases', 'purchases', '>=', 2],
        [
            'rising_value', 'net revenue of the last 12 months', 'net_revenue_12_months_amount',
            '>', 0,
        ],
        [
            'rising_value', 'predicted value in 365 days', 'predicted_value_365_days', '>',
            setting('rising_multiple') ~ ' * net_revenue_12_months_amount',
            'cast(predicted_value_365_days as decimal(28, 9)) > '
            ~ setting('rising_multiple') ~ ' * net_revenue_12_months_amount',
        ],
        [
            'predicted_lost', 'churn probability', 'churn_probability', '>=',
            setting('predicted_lost_min'),
        ],
    ]) }}
)

{{ why('judgements') }}
