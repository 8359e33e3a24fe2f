{{ config(tags=['proof']) }}

-- long: what people have by the second reading, and the bars that the members' tenths ask for
-- A bar whose upper end belongs to it begins a ten-thousandth later.
{%- set loyal_day = 'case when days_ago < ' ~ setting('loyal_days') ~ ' then ordered_on end' %}
{%- set birthday = add_months('birth_date', '12 * (years + {})') %}
with

births as (
    select
        customers.person_id,
        customers.birth_date,
        as_of.as_of_on,
        extract(year from as_of.as_of_on) - extract(year from customers.birth_date) as years
    from {{ ref('proof_customers') }} as customers
    cross join {{ ref('as_of') }} as as_of
),

-- what makes a contact active
acts as (
    select
        person_id,
        days_ago
    from {{ ref('proof_orders') }}
    union all
    select
        person_id,
        days_ago
    from {{ ref('proof_messages') }}
    where event_type = 'clicked'
    union all
    select
        sessions.person_id,
        {{ days_between('sessions.started_on', 'as_of.as_of_on') }} as days_ago
    from {{ ref('sessions') }} as sessions
    cross join {{ ref('as_of') }} as as_of
    where substr(sessions.person_id, 1, 2) <> 'v:'
),

measures as (
    {% for measure, number, facts in [
        ('orders_30_days', 'count(leaves_30_days_on)', ref('proof_orders')),
        ('orders_6_months', 'count(leaves_6_months_on)', ref('proof_orders')),
        ('orders_12_months', 'count(leaves_12_months_on)', ref('proof_orders')),
        ('purchases_in_loyal_days', 'count(distinct ' ~ loyal_day ~ ')', ref('proof_orders')),
        ('days_since_last_order', 'min(days_ago)', ref('proof_orders')),
        ('net_revenue_amount', 'sum(net_revenue_amount)', ref('proof_orders')),
        ('days_since_active', 'min(days_ago)', 'acts'),
        ('churn_probability', 'max(churn_probability)', ref('int_person_predictions')),
    ] -%}
    select
        '{{ measure }}' as measure,
        person_id,
        cast({{ number }} as decimal(38, 12)) as number
    from {{ facts }}
    where person_id is not null
    group by person_id
    union all
    {% endfor -%}
    select
        'days_to_next_order' as measure,
        predictions.person_id,
        {{ days_between('as_of.as_of_on', 'predictions.expected_next_order_on') }} as number
    from {{ ref('int_person_predictions') }} as predictions
    cross join {{ ref('as_of') }} as as_of
    union all
    select
        'days_to_birthday' as measure,
        person_id,
        case
            when {{ birthday.format(0) }} > as_of_on
                then {{ days_between('as_of_on', birthday.format(0)) }}
            else {{ days_between('as_of_on', birthday.format(1)) }}
        end as number
    from births
),

numbers as (
    select
        segment,
        person_id as member,
        {{ wide_amount('evidence') }} as evidence
    from {{ ref('segment_memberships') }}
    {%- for node in graph.nodes.values() if (node.config.meta.segment or {}).measure %}
    union all
    select
        '{{ node.name }}' as segment,
        null as member,
        {{ wide_amount('number') }} as evidence
    from measures
    where measure = '{{ node.config.meta.segment.measure[1] }}'
    {%- endfor %}
),

tenths as (
    select
        segment,
        evidence,
        10 * sum(count(*)) over (partition by segment order by evidence) as tenths,
        sum(count(*)) over (partition by segment) as everybody
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
            else min(case when tenths.tenths >= tenths.everybody then tenths.evidence end)
        end as lowest,
        case
            when definitions.evidence_comparison like '<%' then definitions.evidence_limit
            else min(case when tenths.tenths >= 9 * tenths.everybody then tenths.evidence end)
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

built as (
    select
        *,
        bar * width as away
    from {{ ref('evidence_distributions') }}
),

recounted as (
    select
        segment,
        width,
        away,
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

{{ rows_that_differ('built', 'recounted', [
    'segment', 'away', 'evidence_from', 'evidence_to', 'width', 'members', 'near_misses'
]) }}
