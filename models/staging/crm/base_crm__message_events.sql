{{ config(materialized='table') }}

with

{{ typed_rows('crm', 'message_events') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('occurred_at') }} as occurred_on,
        {{ rejection_reason('crm', 'message_events', own_rules=[
            ('unknown_status', "event_type not in ('sent', 'delivered', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed')"),
            ('no_owner', 'customer_id is null and email is null'),
        ]) }} as rejection_reason
    from typed
)
{{- staged_and_rejected('crm', 'message_events', derived_columns=['email_key', 'occurred_on']) }}
