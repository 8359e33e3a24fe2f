{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'customers') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('created_at') }} as created_on,
        {{ rejection_reason('shop', 'customers') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('shop', 'customers', derived_columns=['email_key', 'created_on']) }}
