-- A stage's history is known at once; of other segments only what was logged is.
with

as_of as (
    select
        as_of_on,
        last_12_months_from
    from {{ ref('as_of') }}
),

changes as (
    select
        entries.segment,
        entries.segment_value,
        entries.as_of_date as changed_on,
        case when entries.change = 'entered' then 1 else -1 end as change
    from {{ ref('segment_membership_log') }} as entries
    cross join as_of
    where
        entries.as_of_date <= as_of.as_of_on
        and entries.segment not in ({{ sql_texts(lifecycle_stages()) }})
        and {{ is_logged() }}
    union all
    select
        spans.stage as segment,
        '' as segment_value,
        -- who was in it before counts from the first day
        greatest(spans.valid_from, as_of.last_12_months_from) as changed_on,
        1 as change
    from {{ ref('int_person_lifecycle') }} as spans
    cross join as_of
    where spans.valid_to is null or spans.valid_to > as_of.last_12_months_from
    union all
    select
        spans.stage as segment,
        '' as segment_value,
        spans.valid_to as changed_on,
        -1 as change
    from {{ ref('int_person_lifecycle') }} as spans
    cross join as_of
    where
        spans.valid_to > as_of.last_12_months_from
        and spans.valid_to <= as_of.as_of_on
),

days as (
    select
        segment,
        segment_value,
        changed_on,
        sum(change) as change
    from changes
    group by
        segment,
        segment_value,
        changed_on
)

select
    changed_on as as_of_date,
    segment,
    segment_value,
    cast(
        sum(change) over (
            partition by segment, segment_value
            order by changed_on
        ) as bigint
    ) as members
from days
