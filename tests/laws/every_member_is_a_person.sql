-- Members are people of the mart; which of them a segment may hold is up to its own recount.
select
    members.person_id,
    min(members.segment) as one_segment,
    count(*) as memberships
from {{ ref('segment_memberships') }} as members
left join {{ ref('people') }} as people on members.person_id = people.person_id
where people.person_id is null
group by members.person_id
