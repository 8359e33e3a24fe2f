{{ config(tags=['proof']) }}

-- long: members' numbers and everybody's, the bars that the tenths ask for, and who is in them
-- A bar whose upper end belongs to it begins a ten-thousandth later.
{%- for model in measure_models() %}{% do ref(model) %}{% endfor %}
with

numbers as (
    select
        segment,
        person_id as member,
        {{ wide_amount('evidence') }} as evidence
    from {{ ref('segment_memberships') }}
    {%- for node in graph.nodes.values() if (node.config.meta.segment or {}).measure %}
    {%- set model, column = node.config.meta.segment.measure %}
    union all
    select
        '{{ node.name }}' as segment,
        null as member,
        {{ wide_amount('cast(' ~ column ~ ' as decimal(38, 12))') }} as evidence
    from {{ ref(model) }}
    {%- endfor %}
),

tenths as (
    select
        segment,
        evidence,
        10 * sum(count(*)) over (partition by segment order by evidence)
        / sum(count(*)) over (partition by segment) as tenths
    from numbers
    where member is not null
    group by
        segment,
        evidence
),

spans as (
    select
        definitions.segment,
        substr(definitions.evidence_comparison, 1, 1) as side,
        coalesce(definitions.evidence_limit, 0) as starts_at,
        case when definitions.evidence_comparison in ('>', '<=') then 0.0001 else 0 end as past_it,
        case definitions.evidence_kind
            {%- for kind, least_width in evidence_kinds().items() if least_width is not none %}
            when '{{ kind }}' then {{ least_width }}
            {%- endfor %}
        end as least_width,
        case
            when definitions.evidence_comparison like '>%' then definitions.evidence_limit
            else min(case when tenths.tenths >= 1 then tenths.evidence end)
        end as lowest,
        case
            when definitions.evidence_comparison like '<%' then definitions.evidence_limit
            else min(case when tenths.tenths >= 9 then tenths.evidence end)
        end as highest
    from tenths
    inner join {{ ref('segment_definitions') }} as definitions
        on tenths.segment = definitions.segment
    group by
        definitions.segment,
        definitions.evidence_kind,
        definitions.evidence_comparison,
        definitions.evidence_limit
),

bars as (
    select
        *,
        case
            {%- for width in round_widths() %}
            when least_width <= {{ width }} and highest - lowest <= 12 * {{ width }}
                then {{ width }}
            {%- endfor %}
        end as width
    from spans
),

placed as (
    select
        bars.*,
        numbers.member,
        numbers.member is not null and numbers.evidence < bars.lowest as is_lower,
        numbers.member is not null and numbers.evidence > bars.highest as is_higher,
        case
            when numbers.member is null then numbers.evidence
            else greatest(least(numbers.evidence, bars.highest), bars.lowest)
        end - bars.starts_at - bars.past_it as beyond
    from numbers
    inner join bars on numbers.segment = bars.segment
    where bars.width > 0
),

binned as (
    select
        *,
        beyond - mod(mod(beyond, width) + width, width) as away
    from placed
),

recounted as (
    select
        segment,
        width,
        round(away / width) as bar,
        case when not bool_or(is_lower) then starts_at + away end as evidence_from,
        case when not bool_or(is_higher) then starts_at + away + width end as evidence_to,
        count(distinct member) as members,
        count(*) - count(member) as near_misses
    from binned
    where
        member is not null
        or (side = '>' and away between -2 * width and -width)
        or (side = '<' and away between 0 and width)
    group by
        segment,
        starts_at,
        width,
        away
)

{{ rows_that_differ(ref('evidence_distributions'), 'recounted', [
    'segment', 'bar', 'evidence_from', 'evidence_to', 'width', 'members', 'near_misses'
]) }}
