-- Entered less exited, up to the as-of date, is who is a member; of whoever is gone nothing stays.
with

steps as (
    select
        person_id,
        segment,
        segment_value,
        case when change = 'entered' then 1 else -1 end as step
    from {{ ref('segment_membership_log') }}
    where {{ is_logged() }}
    union all
    select
        person_id,
        segment,
        segment_value,
        -1 as step
    from {{ ref('segment_memberships') }}
    where {{ is_logged() }}
),

-- an older day than the newest of the log is not in it
older_days as (
    select as_of.as_of_on
    from {{ ref('as_of') }} as as_of
    inner join {{ ref('segment_membership_log') }} as entries
        on as_of.as_of_on < entries.as_of_date
)

select
    person_id,
    segment,
    segment_value,
    sum(step) as steps
from steps
where not exists (select 1 from older_days)
group by
    person_id,
    segment,
    segment_value
having sum(step) <> 0
