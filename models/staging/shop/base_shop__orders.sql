{{ config(materialized='table') }}

{%- set known_statuses = setting('valid_order_statuses') + setting('other_order_statuses') %}

with

{{ typed_rows('shop', 'orders') }},

rated_currencies as (
    select
        currency as rated_currency,
        min(rate_on) as first_rated_on
    from {{ ref('stg_shop__exchange_rates') }}
    where
        rate > 0
        and currency <> '{{ setting("reporting_currency") }}'
    group by currency
    union all
    select
        '{{ setting("reporting_currency") }}' as rated_currency,
        cast('0001-01-01' as date) as first_rated_on
),

rated as {{ inline_cte() }} (
    select
        typed.*,
        {{ email_key('typed.email') }} as email_key,
        {{ local_day('typed.ordered_at') }} as ordered_on,
        rated_currencies.first_rated_on
    from typed
    left join rated_currencies on typed.currency = rated_currencies.rated_currency
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('shop', 'orders', own_rules=[
            ('negative_amount', 'discount_amount > subtotal_amount'),
            ('unknown_status', 'status not in (' ~ sql_texts(known_statuses) ~ ')'),
            ('unknown_currency', 'not coalesce(first_rated_on <= ordered_on, false)'),
        ]) }} as rejection_reason
    from rated
)
{{- staged_and_rejected('shop', 'orders', derived_columns=['email_key', 'ordered_on']) }}
