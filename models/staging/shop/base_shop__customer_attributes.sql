{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'customer_attributes') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('recorded_at') }} as recorded_on,
        {{ rejection_reason('shop', 'customer_attributes') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('shop', 'customer_attributes', derived_columns=['email_key', 'recorded_on']) }}
