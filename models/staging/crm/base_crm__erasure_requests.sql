{{ config(materialized='table') }}

with

{{ typed_rows('crm', 'erasure_requests') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ rejection_reason('crm', 'erasure_requests', own_rules=[
            ('no_owner', 'customer_id is null and email is null'),
        ]) }} as rejection_reason
    from typed
)
{{- staged_and_rejected('crm', 'erasure_requests', derived_columns=['email_key']) }}
