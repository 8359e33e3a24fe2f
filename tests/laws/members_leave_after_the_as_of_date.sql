-- A member on the as-of date leaves on a later day, or never by time alone.
select
    members.segment,
    members.person_id,
    members.segment_value,
    members.expires_on,
    as_of.as_of_on
from {{ ref('segment_memberships') }} as members
cross join {{ ref('as_of') }} as as_of
where members.expires_on <= as_of.as_of_on
