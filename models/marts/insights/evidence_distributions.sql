-- long: each segment has bars of a width of its own, which begin at its limit
-- depends_on: {{ ref('int_person_orders') }}
-- depends_on: {{ ref('int_person_predictions') }}
{%- set most_bars = 12 %}
{%- set near_bars = 2 %}
with

widths (width) as (
    values
    {% for width in round_widths() -%}
    (cast({{ width }} as decimal(18, 4))){{ ',' if not loop.last }}
    {% endfor %}
),

definitions as (
    select
        segment,
        evidence_limit,
        evidence_comparison,
        cast(case evidence_kind
            {%- for kind, width in evidence_kinds().items() if width %}
            when '{{ kind }}' then {{ width }}
            {%- endfor %}
        end as decimal(18, 4)) as least_width
    from {{ ref('segment_definitions') }}
),

members as (
    select
        memberships.segment,
        memberships.person_id,
        memberships.evidence
    from {{ ref('segment_memberships') }} as memberships
    inner join definitions on memberships.segment = definitions.segment
    where definitions.least_width is not null
),

placed as (
    select
        segment,
        evidence,
        row_number() over (partition by segment order by evidence) as place,
        count(*) over (partition by segment) as rows_of_segment
    from members
),

-- the tenth that is farthest out goes into the last bar
ends as (
    select
        segment,
        min(case when 10 * place >= rows_of_segment then evidence end) as low,
        min(case when 10 * place >= 9 * rows_of_segment then evidence end) as high
    from placed
    group by segment
),

ranges as (
    select
        definitions.segment,
        definitions.evidence_limit,
        definitions.evidence_comparison,
        definitions.least_width,
        case
            when definitions.evidence_limit < ends.low then definitions.evidence_limit
            when definitions.evidence_limit is null and ends.low < 0 then 0
            else ends.low
        end as low,
        case
            when definitions.evidence_limit > ends.high then definitions.evidence_limit
            when definitions.evidence_limit is null and ends.high < 0 then 0
            else ends.high
        end as high
    from definitions
    inner join ends on definitions.segment = ends.segment
),

scales as (
    select
        ranges.segment,
        ranges.evidence_limit,
        ranges.evidence_comparison,
        ranges.low,
        ranges.high,
        coalesce(ranges.evidence_limit, 0) as origin,
        min(widths.width) as width
    from ranges
    inner join widths
        on
            ranges.least_width <= widths.width
            and ranges.high - ranges.low <= {{ most_bars }} * widths.width
    group by
        ranges.segment,
        ranges.evidence_limit,
        ranges.evidence_comparison,
        ranges.low,
        ranges.high
),

measured as (
    {{ measured_people() }}
),

near_misses as (
    select
        measured.segment,
        measured.person_id,
        measured.evidence
    from measured
    inner join scales on measured.segment = scales.segment
    left join members
        on
            measured.segment = members.segment
            and measured.person_id = members.person_id
    where
        members.person_id is null
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
        and scales.evidence_comparison <> ''
        and measured.evidence is not null
),

people as (
    select
        segment,
        person_id,
        evidence,
        1 as is_member
    from members
    union all
    select
        segment,
        person_id,
        evidence,
        0 as is_member
    from near_misses
),

-- counted in bars from far below the limit, so that no number is negative
counted as (
    select
        people.segment,
        people.person_id,
        people.is_member,
        scales.origin,
        scales.width,
        scales.evidence_comparison,
        case
            when people.is_member = 1 and people.evidence < scales.low then 'below'
            when people.is_member = 1 and people.evidence > scales.high then 'above'
            else ''
        end as beyond,
        case
            when people.is_member = 1 and people.evidence < scales.low then scales.low
            when people.is_member = 1 and people.evidence > scales.high then scales.high
            else people.evidence
        end - scales.origin + 100 * scales.width as distance
    from people
    inner join scales on people.segment = scales.segment
),

bars as (
    select
        segment,
        person_id,
        is_member,
        origin,
        width,
        beyond,
        {{ ceiling_of_ratio(
            "(distance + case when evidence_comparison in ('>', '<=') then 0 else 0.0001 end)", 'width'
        ) }} - 101 as bar
    from counted
),

grouped as (
    select
        segment,
        bar,
        min(origin) as origin,
        min(width) as width,
        count(distinct case when is_member = 1 then person_id end) as members,
        count(distinct case when is_member = 0 then person_id end) as near_misses,
        max(case when beyond = 'below' then 1 else 0 end) as is_open_below,
        max(case when beyond = 'above' then 1 else 0 end) as is_open_above
    from bars
    group by
        segment,
        bar
)

select
    segment,
    cast(bar as bigint) as bar,
    cast(case when is_open_below = 0 then origin + bar * width end as decimal(38, 4))
        as evidence_from,
    cast(case when is_open_above = 0 then origin + (bar + 1) * width end as decimal(38, 4))
        as evidence_to,
    cast(width as decimal(38, 4)) as width,
    members,
    near_misses
from grouped
