{{ config(materialized='table') }}

with

{{ typed_rows('crm', 'campaigns') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('crm', 'campaigns') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('crm', 'campaigns') }}
