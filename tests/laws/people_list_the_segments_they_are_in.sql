-- Each segment of a person is in the list, and the list has no others; it is empty without any.
with

members as (
    select distinct
        person_id,
        segment
    from {{ ref('segment_memberships') }}
),

listed as (
    select
        people.person_id,
        people.segments,
        count(members.segment) as memberships,
        count(
            case
                when position(', ' || members.segment || ',' in ', ' || people.segments || ',') > 0
                    then 1
            end
        ) as listed_memberships,
        coalesce(sum(length(members.segment) + length(', ')), length(', ')) - length(', ')
            as expected_length
    from {{ ref('people') }} as people
    left join members on people.person_id = members.person_id
    group by
        people.person_id,
        people.segments
)

select
    person_id,
    segments,
    memberships,
    listed_memberships,
    expected_length
from listed
where
    (
        listed_memberships = memberships
        and length(segments) = expected_length
    ) is not true
