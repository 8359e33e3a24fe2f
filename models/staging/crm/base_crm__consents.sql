{{ config(materialized='table') }}

with

{{ typed_rows('crm', 'consents') }},

spelled as {{ inline_cte() }} (
    select
        typed.*,
        spellings.status as known_status
    from typed
    left join {{ ref('consent_spellings') }} as spellings on typed.status = spellings.spelling
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('changed_at') }} as changed_on,
        {{ rejection_reason('crm', 'consents', own_rules=[
            ('unknown_status', "channel not in (" ~ sql_texts(consent_channels()) ~ ")"),
            ('unknown_status', 'known_status is null'),
            ('no_owner', 'customer_id is null and email is null'),
        ]) }} as rejection_reason
    from spelled
)
{{- staged_and_rejected('crm', 'consents', derived_columns=['known_status', 'email_key', 'changed_on']) }}
