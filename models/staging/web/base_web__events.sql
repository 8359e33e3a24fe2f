{{ config(materialized=in_batches('by_files')) }}

with

{{ typed_rows('web', 'events') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ email_key('email') }} as email_key,
        {{ local_day('occurred_at') }} as occurred_on,
        case when raw__event_id is not null then {{ key_hash(['raw__event_id']) }} end as key_hash,
        -- when the row was loaded is known only then
        cast(0 as bigint) as load_number,
        {{ rejection_reason('web', 'events') }} as rejection_reason
    from typed
)
{{- staged_and_rejected(
    'web', 'events', derived_columns=['email_key', 'occurred_on', 'key_hash', 'raw_file', 'load_number']
) }}
