{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'exchange_rates') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('shop', 'exchange_rates') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('shop', 'exchange_rates') }}
