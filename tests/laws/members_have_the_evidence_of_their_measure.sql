{{ config(tags=['proof']) }}
-- What a segment's `measure` gives a member is the member's evidence, so that those who just miss
-- the segment are shown by the number that the members have.
with

measured as (
    {{ measured_people() }}
),

segments as (
    select distinct segment
    from measured
)

select
    memberships.segment,
    memberships.person_id,
    memberships.evidence,
    measured.evidence as measured_evidence
from {{ ref('segment_memberships') }} as memberships
inner join segments on memberships.segment = segments.segment
left join measured
    on
        memberships.segment = measured.segment
        and memberships.person_id = measured.person_id
where
    measured.evidence <> memberships.evidence
    or measured.evidence is null
