{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'products') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('shop', 'products') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('shop', 'products') }}
