-- long: each segment has bars of a width of its own, which begin at its limit
{%- set most_bars = 12 %}
{%- set near_bars = 2 %}
with

definitions as (
    select
        segment,
        grain,
        evidence_limit,
        evidence_comparison,
        cast(case evidence_kind
            {%- for kind, width in evidence_kinds().items() if width %}
            when '{{ kind }}' then {{ width }}
            {%- endfor %}
        end as decimal(18, 4)) as least_width
    from {{ ref('segment_definitions') }}
),

-- many have the same evidence: rows are counted before anything is sorted
amounts as (
    select
        memberships.segment,
        memberships.evidence,
        definitions.grain = 'person' as is_row_per_person,
        count(*) as members
    from {{ ref('segment_memberships') }} as memberships
    inner join definitions on memberships.segment = definitions.segment
    where definitions.least_width is not null
    group by
        memberships.segment,
        memberships.evidence,
        definitions.grain
),

placed as (
    select
        segment,
        evidence,
        sum(members) over (
            partition by segment order by evidence rows between unbounded preceding and current row
        ) as last_place,
        sum(members) over (partition by segment) as rows_of_segment
    from amounts
),

-- the tenth that is farthest out goes into the last bar
ends as (
    select
        segment,
        min(case when 10 * last_place >= rows_of_segment then evidence end) as low,
        min(case when 10 * last_place >= 9 * rows_of_segment then evidence end) as high
    from placed
    group by segment
),

ranges as (
    select
        definitions.segment,
        definitions.evidence_limit,
        definitions.evidence_comparison,
        definitions.least_width,
        -- a limit that is not there is passed over
        least(definitions.evidence_limit, ends.low) as low,
        greatest(definitions.evidence_limit, ends.high) as high
    from definitions
    inner join ends on definitions.segment = ends.segment
),

scales as (
    select
        segment,
        evidence_comparison,
        low,
        high,
        coalesce(evidence_limit, 0) as origin,
        cast(case
            {%- for width in round_widths() %}
            when least_width <= {{ width }} and high - low <= {{ most_bars }} * {{ width }}
                then {{ width }}
            {%- endfor %}
        end as decimal(18, 4)) as width
    from ranges
),

measured as (
    {{ measured_people() }}
),

near_misses as (
    select
        measured.segment,
        measured.evidence,
        count(*) as near_misses
    from measured
    inner join scales on measured.segment = scales.segment
    where
        scales.evidence_comparison <> ''
        and measured.evidence is not null
        and (
            scales.evidence_comparison <> '>='
            or (
                measured.evidence < scales.origin
                and measured.evidence >= scales.origin - {{ near_bars }} * scales.width
            )
        )
        and (
            scales.evidence_comparison <> '>'
            or (
                measured.evidence <= scales.origin
                and measured.evidence > scales.origin - {{ near_bars }} * scales.width
            )
        )
        and (
            scales.evidence_comparison <> '<='
            or (
                measured.evidence > scales.origin
                and measured.evidence <= scales.origin + {{ near_bars }} * scales.width
            )
        )
        and (
            scales.evidence_comparison <> '<'
            or (
                measured.evidence >= scales.origin
                and measured.evidence < scales.origin + {{ near_bars }} * scales.width
            )
        )
    group by
        measured.segment,
        measured.evidence
),

people as (
    select
        segment,
        evidence,
        true as is_member,
        is_row_per_person,
        members,
        0 as near_misses
    from amounts
    union all
    select
        segment,
        evidence,
        false as is_member,
        true as is_row_per_person,
        0 as members,
        near_misses
    from near_misses
),

-- counted in bars from far below the limit, so that no number is negative
counted as (
    select
        people.segment,
        people.evidence,
        people.is_member,
        people.is_row_per_person,
        people.members,
        people.near_misses,
        scales.origin,
        scales.width,
        scales.evidence_comparison,
        case
            when people.is_member and people.evidence < scales.low then 'below'
            when people.is_member and people.evidence > scales.high then 'above'
            else ''
        end as beyond,
        case
            when people.is_member
                then greatest(least(people.evidence, scales.high), scales.low)
            else people.evidence
        end - scales.origin + 100 * scales.width as distance
    from people
    inner join scales on people.segment = scales.segment
    -- numbers for which no bar is wide enough have no distribution
    where scales.width is not null
),

bars as (
    select
        segment,
        evidence,
        is_member,
        is_row_per_person,
        members,
        near_misses,
        origin,
        width,
        beyond,
        {{ ceiling_of_ratio(
            "(distance + case when evidence_comparison in ('>', '<=') then 0 else 0.0001 end)", 'width'
        ) }} - 101 as bar
    from counted
),

-- whoever has several values in one bar is one
divided as (
    select distinct
        bars.segment,
        bars.bar,
        memberships.person_id
    from {{ ref('segment_memberships') }} as memberships
    inner join bars
        on
            memberships.segment = bars.segment
            and memberships.evidence = bars.evidence
            and bars.is_member
            and not bars.is_row_per_person
),

divided_members as (
    select
        segment,
        bar,
        count(*) as members
    from divided
    group by
        segment,
        bar
),

totals as (
    select
        segment,
        bar,
        origin,
        width,
        sum(case when is_row_per_person then members else 0 end) as members,
        sum(near_misses) as near_misses,
        max(case when beyond = 'below' then 1 else 0 end) as is_open_below,
        max(case when beyond = 'above' then 1 else 0 end) as is_open_above
    from bars
    group by
        segment,
        bar,
        origin,
        width
)

select
    totals.segment,
    cast(totals.bar as bigint) as bar,
    cast(
        case when totals.is_open_below = 0 then totals.origin + totals.bar * totals.width end
        as decimal(38, 4)
    ) as evidence_from,
    cast(
        case when totals.is_open_above = 0 then totals.origin + (totals.bar + 1) * totals.width end
        as decimal(38, 4)
    ) as evidence_to,
    cast(totals.width as decimal(38, 4)) as width,
    cast(totals.members + coalesce(divided_members.members, 0) as bigint) as members,
    cast(totals.near_misses as bigint) as near_misses
from totals
left join divided_members
    on
        totals.segment = divided_members.segment
        and totals.bar = divided_members.bar
