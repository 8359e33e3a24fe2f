-- Every membership has evidence, from a fact whose local day is not after the as-of date.
with

counted as (
    select
        segment,
        count(*) - count(evidence) as without_evidence,
        count(*) - count(evidence_at) as without_time,
        max(evidence_at) as newest_at
    from {{ ref('segment_memberships') }}
    group by segment
)

select
    counted.segment,
    counted.without_evidence,
    counted.without_time,
    counted.newest_at,
    as_of.as_of_on
from counted
cross join {{ ref('as_of') }} as as_of
where
    counted.without_evidence > 0
    or counted.without_time > 0
    or {{ local_day('counted.newest_at') }} > as_of.as_of_on
