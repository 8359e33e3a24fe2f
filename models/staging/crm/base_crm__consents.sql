{{ config(materialized='table') }}

with

{{ typed_rows('crm', 'consents') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('changed_at') }} as changed_on,
        {{ rejection_reason('crm', 'consents', own_rules=[
            ('unknown_status', "channel not in ('email', 'sms', 'ads', 'post')"),
            ('unknown_status', "status not in ('opted_in', 'pending', 'opted_out')"),
            ('no_owner', 'customer_id is null and email is null'),
        ]) }} as rejection_reason
    from typed
)
{{- staged_and_rejected('crm', 'consents', derived_columns=['email_key', 'changed_on']) }}
