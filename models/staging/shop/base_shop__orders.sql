{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'orders') }},

{{ rated_orders(ref('stg_shop__exchange_rates')) }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ rejection_reason(
            'shop',
            'orders',
            own_rules=order_rules(),
            large_products=large_order_amounts(),
        ) }} as rejection_reason
    from rated
)
{{- staged_and_rejected('shop', 'orders', derived_columns=['email_key', 'ordered_on', 'exchange_rate']) }}
