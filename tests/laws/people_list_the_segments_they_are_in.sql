{{ config(tags=['proof']) }}

-- The list of a person holds its segments, each once, and no other; it is empty without any. Each
-- distinct list is read once, and the sum of its segments' hashes compared with that of the person.
with

codes as (
    select
        segment,
        cast({{ key_hash(['segment']) }} as decimal(38, 0)) as code
    from {{ ref('segment_definitions') }}
),

-- some segments have a row per value
members as (
    select
        person_id,
        segment
    from {{ ref('segment_memberships') }}
    where segment_value = ''
    union all
    select distinct
        person_id,
        segment
    from {{ ref('segment_memberships') }}
    where segment_value <> ''
),

people_in_segments as (
    select
        members.person_id,
        sum(codes.code) as code
    from members
    inner join codes on members.segment = codes.segment
    group by members.person_id
),

lists as (
    select distinct segments
    from {{ ref('people') }}
    where segments <> ''
),

entries as (
    select
        segments,
        {{ listed('segments') }} as segment
    from lists
),

read_lists as (
    select
        entries.segments,
        -- an entry that is no segment makes the list unlike any
        case when count(*) = count(codes.code) then sum(codes.code) end as code
    from entries
    left join codes on entries.segment = codes.segment
    group by entries.segments
)

select
    people.person_id,
    people.segments
from {{ ref('people') }} as people
left join read_lists on people.segments = read_lists.segments
left join people_in_segments on people.person_id = people_in_segments.person_id
where
    case
        when people.segments = '' then people_in_segments.person_id is null
        else read_lists.code = people_in_segments.code
    end is not true
