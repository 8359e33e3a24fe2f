{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'big_spenders',
    'vip_customers',
    'low_value_customers',
    'top_20_percent_customers',
    'frequent_small_basket_buyers',
    'rare_large_basket_buyers',
]) }}
