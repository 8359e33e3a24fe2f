{{ config(tags=['proof']) }}

-- Each span of a contact ends where the next begins, in another stage; only the last may be open.
with

spans as (
    select
        person_id,
        stage,
        valid_from,
        valid_to,
        lead(stage) over (partition by person_id order by valid_from, stage) as next_stage,
        lead(valid_from) over (partition by person_id order by valid_from, stage) as next_from
    from {{ ref('lifecycle_history') }}
)

select
    person_id,
    stage,
    valid_from,
    valid_to,
    next_stage,
    next_from
from spans
where
    valid_from is null
    or valid_to <= valid_from
    or (next_from is not null and (valid_to = next_from and stage <> next_stage) is not true)
