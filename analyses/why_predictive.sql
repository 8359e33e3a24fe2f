with

{{ asked_people() }},

facts as (
    select
        people.person_id,
        ranks.churn_probability,
        ranks.expected_orders_365_days,
        ranks.order_probability_365_days,
        ranks.stage,
        ranks.lost_come_back,
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
),

told as (
    {{ why() }}
)

select
    told.*,
    'Of buyers like this one (' || predictions.purchases_class
    || case when predictions.purchases_class = '1' then ' purchase, ' else ' purchases, ' end
    || predictions.silence_band || ' days of silence) '
    || cast(
        cast(100 * predictions.similar_share_30_days as decimal(18, 1)) as {{ dbt.type_string() }}
    )
    || ' in 100 bought within 30 days ('
    || cast(predictions.similar_silent_days as {{ dbt.type_string() }}) || ' silent days, '
    || cast(predictions.similar_purchases as {{ dbt.type_string() }}) || ' purchases in them).'
        as buyers_like_this_one
from told
left join {{ ref('person_predictions') }} as predictions
    on told.person_id = predictions.person_id
order by
    {{ byte_order('told.person_id') }},
    told.segment,
    told.asks
