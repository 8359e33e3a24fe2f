-- Every membership has evidence, from a fact whose local day is not after the as-of date.
select
    members.segment,
    members.person_id,
    members.segment_value,
    members.evidence,
    members.evidence_at,
    as_of.as_of_on
from {{ ref('segment_memberships') }} as members
cross join {{ ref('as_of') }} as as_of
where
    members.evidence is null
    or ({{ local_day('members.evidence_at') }} <= as_of.as_of_on) is not true
