{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'predicted_loyal',
    'high_future_value',
    'churn_risk',
    'likely_to_buy_30_days',
    'likely_second_purchase',
    'due_to_reorder',
    'win_back_worthwhile',
    'rising_value',
    'predicted_lost',
]) }}
