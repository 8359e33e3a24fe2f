{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'buyers_last_year',
    'buyers_last_6_months',
    'buyers_last_30_days',
    'multi_buyers_last_year',
    'multi_buyers_last_6_months',
    'multi_buyers_last_30_days',
    'lapsing_buyers',
    'loyal_buyers',
    'frequent_buyers',
    'top_monthly_buyers',
    'cold_customers',
    'recency_bands',
    'lapsed_first_time_buyers',
]) }}
