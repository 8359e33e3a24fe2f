{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'all_customers',
    'prospects',
    'first_time_buyers',
    'repeat_customers',
    'loyal_customers',
    'at_risk_customers',
    'inactive_customers',
]) }}
