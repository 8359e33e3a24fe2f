-- long: contacts are counted once per distinct set of segments, of which there are few; then pairs
with

places as (
    select
        segment,
        row_number() over (order by {{ byte_order('segment') }}) as place
    from {{ ref('segment_definitions') }}
),

sets as (
    select
        segments,
        count(*) as contacts
    from {{ ref('person_segments') }}
    where substr(person_id, 1, 2) <> 'v:'
    group by segments
),

numbered as (
    select
        row_number() over (order by {{ byte_order('segments') }}) as set_number,
        segments,
        contacts
    from sets
),

listed as (
    select
        set_number,
        contacts,
        {{ listed('segments') }} as segment
    from numbered
),

placed as (
    select
        listed.set_number,
        listed.contacts,
        places.place
    from listed
    inner join places on listed.segment = places.segment
),

shared as (
    select
        placed.place as place_a,
        with_it.place as place_b,
        cast(sum(placed.contacts) as bigint) as members
    from placed
    inner join placed as with_it
        on
            placed.set_number = with_it.set_number
            and placed.place <= with_it.place
    group by
        placed.place,
        with_it.place
),

-- what a segment shares with itself
sizes as (
    select
        place_a as place,
        members
    from shared
    where place_a = place_b
),

pairs as (
    select
        a.segment as segment_a,
        b.segment as segment_b,
        coalesce(sizes_a.members, 0) as members_a,
        coalesce(sizes_b.members, 0) as members_b,
        coalesce(shared.members, 0) as members_of_both
    from places as a
    inner join places as b on a.place < b.place
    left join sizes as sizes_a on a.place = sizes_a.place
    left join sizes as sizes_b on b.place = sizes_b.place
    left join shared
        on
            a.place = shared.place_a
            and b.place = shared.place_b
),

measured as (
    select
        *,
        members_a + members_b - members_of_both as members_of_any
    from pairs
)

select
    segment_a,
    segment_b,
    members_a,
    members_b,
    members_of_both,
    {{ rounded_ratio('members_of_both', 'nullif(members_of_any, 0)') }} as jaccard,
    {{ rounded_ratio('members_of_both', 'nullif(members_a, 0)') }} as share_of_a_in_b,
    {{ rounded_ratio('members_of_both', 'nullif(members_b, 0)') }} as share_of_b_in_a,
    case
        when members_a = 0 or members_b = 0 then null
        when members_of_both = members_of_any then 'same'
        when members_of_both in (members_a, members_b) then 'contains'
        when members_of_both = 0 then 'disjoint'
        when members_of_both >= {{ setting('overlap_merge_min') }} * members_of_any then 'merge?'
    end as reading
from measured
