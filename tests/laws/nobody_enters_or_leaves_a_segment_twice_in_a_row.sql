{{ config(tags=['proof']) }}

-- Whoever enters was out, whoever leaves was in, and nobody does both on one day.
with

entries as (
    select
        as_of_date,
        person_id,
        segment,
        segment_value,
        change,
        lag(change) over (
            partition by person_id, segment, segment_value order by as_of_date, change
        ) as change_before,
        lag(as_of_date) over (
            partition by person_id, segment, segment_value order by as_of_date, change
        ) as changed_before
    from {{ ref('segment_membership_log') }}
    where person_id is not null
)

select
    as_of_date,
    person_id,
    segment,
    segment_value,
    change
from entries
where
    change = coalesce(change_before, 'exited')
    or as_of_date = changed_before
