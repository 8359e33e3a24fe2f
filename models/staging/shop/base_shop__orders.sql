{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'orders') }},

rated_currencies as (
    {{ rated_currencies(ref('stg_shop__exchange_rates')) }}
),

rated as {{ inline_cte() }} (
    select
        typed.*,
        {{ email_key('typed.email') }} as email_key,
        {{ local_day('typed.ordered_at') }} as ordered_on,
        rated_currencies.exchange_rate
    from typed
    left join rated_currencies
        on
            typed.currency = rated_currencies.rated_currency
            and {{ local_day('typed.ordered_at') }} >= rated_currencies.valid_from
            and (
                {{ local_day('typed.ordered_at') }} < rated_currencies.valid_to
                or rated_currencies.valid_to is null
            )
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason(
            'shop',
            'orders',
            own_rules=order_rules(),
            large_products=[exceeds_12_digits('subtotal_amount', 'exchange_rate')],
        ) }} as rejection_reason
    from rated
)
{{- staged_and_rejected('shop', 'orders', derived_columns=['email_key', 'ordered_on', 'exchange_rate']) }}
