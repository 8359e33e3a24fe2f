{{ config(materialized='table') }}

with

{{ typed_rows('crm', 'support_tickets') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('opened_at') }} as opened_on,
        {{ rejection_reason('crm', 'support_tickets') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('crm', 'support_tickets', derived_columns=['email_key', 'opened_on']) }}
