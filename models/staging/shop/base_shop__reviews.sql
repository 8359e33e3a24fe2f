{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'reviews') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('reviewed_at') }} as reviewed_on,
        {{ rejection_reason('shop', 'reviews') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('shop', 'reviews', derived_columns=['email_key', 'reviewed_on']) }}
