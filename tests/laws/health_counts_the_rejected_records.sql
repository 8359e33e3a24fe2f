{{ config(tags=['proof']) }}

-- Rejected rows as the health report counts them = the records set aside, per raw table and reason.
with

reported as (
    select
        raw_table,
        detail as rejection_reason,
        affected_rows as rejected_rows
    from {{ ref('data_health') }}
    where measure = 'rejected rows'
),

rejected as (
    select
        raw_table,
        rejection_reason,
        count(*) as rejected_rows
    from {{ ref('rejected_records') }}
    group by
        raw_table,
        rejection_reason
)

{{ rows_that_differ('reported', 'rejected', ['raw_table', 'rejection_reason', 'rejected_rows']) }}
