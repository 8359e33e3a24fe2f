with

{{ asked_people() }},

facts as (
    select
        people.person_id,
        ranks.p_alive,
        ranks.churn_probability,
        ranks.expected_orders_365_days,
        coalesce(ranks.purchases, 0) as purchases,
        ranks.order_30_days_rank,
        ranks.second_purchase_rank,
        ranks.value_rank,
        ranks.win_back_rank,
        {%- for rank, share, group in [
            ('last_order_30_days_rank', 'likely_to_buy_share', 'buyers'),
            ('last_second_purchase_rank', 'likely_second_share', 'one_time_buyers'),
            ('last_value_rank', 'high_future_value_share', 'valued_buyers'),
            ('last_win_back_rank', 'win_back_share', 'lapsed_buyers'),
        ] %}
        {{ ceiling_of_ratio(setting(share) ~ ' * ranks.' ~ group, 1) }} as {{ rank }},
        {%- endfor %}
        ranks.days_to_next_order,
        ranks.predicted_value_365_days,
        ranks.net_revenue_12_months_amount
    from people
    left join {{ ref('int_person_prediction_ranks') }} as ranks
        on people.person_id = ranks.person_id
)

{{ why() }}
