-- long: the five objectives in rows, and what each is worth
{% set objectives = lifecycle_objectives() -%}
{%- set lost = ['at_risk_customers', 'inactive_customers'] -%}
with

objectives (objective, label_en, label_fr, from_stages, to_stages) as (
    values
    {%- for row in objectives %}
    (
        {{ row.objective }},
        {{ sql_texts([row.label_en, row.label_fr]) }},
        {{ sql_texts([row.from_stages | join(', '), row.to_stages | join(', ')]) }}
    ){{ ',' if not loop.last }}
    {%- endfor %}
),

-- the stages of each, and those that customers who are not kept go to
stages (objective, place, stage) as (
    values
    {%- for row in objectives %}
    {%- set objective_loop = loop %}
    {%- set less = lost if row.objective == 3 else row.from_stages %}
    {%- for place, names in {'from': row.from_stages, 'to': row.to_stages, 'less': less}.items() %}
    {%- set place_loop = loop %}
    {%- for stage in names %}
    ({{ row.objective }}, '{{ place }}', '{{ stage }}')
    {{- ',' if not (objective_loop.last and place_loop.last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
),

contacts as (
    select
        stage,
        count(*) as contacts,
        count(*) filter (where is_reachable_by_email) as reachable_contacts,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('people') }}
    where is_contact
    group by stage
),

places as (
    select
        stages.objective,
        stages.place,
        cast(coalesce(sum(contacts.contacts), 0) as bigint) as contacts,
        cast(coalesce(sum(contacts.reachable_contacts), 0) as bigint) as reachable_contacts,
        {{ rounded_ratio('sum(contacts.net_revenue_amount)', 'sum(contacts.contacts)') }}
            as mean_amount
    from stages
    left join contacts on stages.stage = contacts.stage
    group by
        stages.objective,
        stages.place
),

gaps as (
    select
        objective,
        max(case when place = 'from' then contacts end) as contacts,
        max(case when place = 'from' then reachable_contacts end) as reachable_contacts,
        max(case when place = 'from' then mean_amount end) as mean_net_revenue_from_amount,
        max(case when place = 'to' then mean_amount end) as mean_net_revenue_to_amount,
        cast(
            max(case when place = 'to' then mean_amount end)
            - max(case when place = 'less' then mean_amount end) as decimal(18, 4)
        ) as gap_amount
    from places
    group by objective
),

numbered_months as (
    select
        *,
        dense_rank() over (order by month desc) as months_ago
    from {{ ref('stage_transitions') }}
    where is_complete
),

shares as (
    select
        stages.objective,
        {{ rounded_ratio(
            'coalesce(sum(case when transitions.objective = stages.objective'
            ~ ' then transitions.contacts end), 0)',
            'sum(transitions.contacts)'
        ) }} as monthly_share
    from stages
    inner join numbered_months as transitions on stages.stage = transitions.from_stage
    where
        stages.place = 'from'
        and transitions.months_ago <= {{ setting('objective_months') }}
    group by stages.objective
),

stays as (
    select
        stage,
        valid_from,
        lead(stage) over (partition by person_id order by valid_from) as next_stage,
        lead(valid_from) over (partition by person_id order by valid_from) as left_on
    from {{ ref('lifecycle_history') }}
),

steps as (
    select
        froms.objective,
        cast(
            percentile_cont(0.5) within group (
                order by {{ days_between('stays.valid_from', 'stays.left_on') }}
            ) as decimal(18, 1)
        ) as median_days
    from stays
    inner join stages as froms
        on
            stays.stage = froms.stage
            and froms.place = 'from'
    inner join stages as tos
        on
            froms.objective = tos.objective
            and stays.next_stage = tos.stage
            and tos.place = 'to'
    group by froms.objective
),

measured as (
    select
        gaps.*,
        cast(gaps.contacts * gaps.gap_amount as decimal(28, 4)) as opportunity_amount,
        shares.monthly_share,
        steps.median_days,
        case
            when steps.median_days <= {{ setting('short_term_days') }} then 'short'
            when steps.median_days is not null then 'medium'
        end as horizon
    from gaps
    left join shares on gaps.objective = shares.objective
    left join steps on gaps.objective = steps.objective
),

middle as (
    select
        cast(
            percentile_cont(0.5) within group (order by opportunity_amount) as decimal(28, 4)
        ) as opportunity_amount
    from measured
),

expected as (
    select
        measured.*,
        cast(
            measured.opportunity_amount * cast(measured.monthly_share as decimal(5, 4))
            as decimal(38, 4)
        ) as expected_opportunity_amount
    from measured
)

select
    objectives.objective,
    objectives.label_en,
    objectives.label_fr,
    objectives.from_stages,
    objectives.to_stages,
    expected.contacts,
    expected.reachable_contacts,
    expected.mean_net_revenue_from_amount,
    expected.mean_net_revenue_to_amount,
    expected.gap_amount,
    cast(expected.opportunity_amount as decimal(38, 4)) as opportunity_amount,
    expected.monthly_share,
    expected.expected_opportunity_amount,
    expected.median_days as median_days_to_step,
    expected.horizon,
    cast(
        row_number() over (
            order by expected.expected_opportunity_amount desc nulls last, objectives.objective asc
        ) as integer
    ) as rank,
    case
        when expected.opportunity_amount >= middle.opportunity_amount
            then 'high_value_' || expected.horizon
        when expected.opportunity_amount is not null
            then 'low_value_' || expected.horizon
    end as quadrant
from objectives
inner join expected on objectives.objective = expected.objective
cross join middle
