{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'shipping_method_buyers',
    'payment_method_buyers',
    'mobile_app_buyers',
    'email_visitors',
    'affiliate_visitors',
    'acquisition_source_customers',
]) }}
