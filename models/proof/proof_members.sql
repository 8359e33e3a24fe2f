-- Contacts in each segment, once whatever their values.
select distinct
    segment,
    person_id
from {{ ref('segment_memberships') }}
where substr(person_id, 1, 2) <> 'v:'
