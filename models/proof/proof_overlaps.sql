-- Pairs of segments both ways; persons who are in the same segments are counted once for all pairs.
with

listed as (
    select
        members.segment,
        people.segments,
        count(*) as persons
    from {{ ref('proof_members') }} as members
    inner join {{ ref('people') }} as people on members.person_id = people.person_id
    group by
        members.segment,
        people.segments
),

sizes as (
    select
        definitions.segment,
        {{ wide('coalesce(sum(listed.persons), 0)') }} as members
    from {{ ref('segment_definitions') }} as definitions
    left join listed on definitions.segment = listed.segment
    group by definitions.segment
),

shared as (
    select
        listed.segment,
        other_sizes.segment as other_segment,
        sum(listed.persons) as persons
    from listed
    inner join listed as other_sizes on listed.segments = other_sizes.segments
    group by
        listed.segment,
        other_sizes.segment
)

select
    sizes.segment,
    other_sizes.segment as other_segment,
    sizes.members,
    other_sizes.members as other_members,
    {{ wide('coalesce(shared.persons, 0)') }} as members_of_both,
    {{ wide('sizes.members + other_sizes.members - coalesce(shared.persons, 0)') }}
        as members_of_either
from sizes
inner join sizes as other_sizes on sizes.segment <> other_sizes.segment
left join shared
    on
        sizes.segment = shared.segment
        and other_sizes.segment = shared.other_segment
