{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'coupon_lovers',
    'discount_10_buyers',
    'discount_15_buyers',
    'discount_20_buyers',
    'promotion_dependent_buyers',
]) }}
