{{ config(tags=['proof']) }}
-- What a segment's `measure` gives a member is the member's evidence, on the limit's own side, so
-- that those who just miss the segment are shown by the number that the members have.
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
    measured.evidence as measured_evidence,
    definitions.evidence_limit
from {{ ref('segment_memberships') }} as memberships
inner join segments on memberships.segment = segments.segment
inner join {{ ref('segment_definitions') }} as definitions
    on memberships.segment = definitions.segment
left join measured
    on
        memberships.segment = measured.segment
        and memberships.person_id = measured.person_id
where
    measured.evidence <> memberships.evidence
    or measured.evidence is null
    or case
        when definitions.evidence_comparison like '>%'
            then memberships.evidence < definitions.evidence_limit
        else memberships.evidence > definitions.evidence_limit
    end
