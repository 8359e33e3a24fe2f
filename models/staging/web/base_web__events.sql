{{ config(materialized='table') }}

with

{{ typed_rows('web', 'events') }},

checked as {{ computed_cte() }} (
    select
        *,
        {{ local_day('occurred_at') }} as occurred_on,
        {{ rejection_reason('web', 'events') }} as rejection_reason
    from typed
)
{{- staged_and_rejected('web', 'events', derived_columns=['occurred_on']) }}
