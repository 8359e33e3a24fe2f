{{ config(tags=['proof']) }}

-- long: five objectives, each with what it is worth, how often it is reached, and how soon
{%- set objectives = {
    1: [['prospects'], ['first_time_buyers']],
    2: [['first_time_buyers'], ['repeat_customers', 'loyal_customers']],
    3: [['repeat_customers', 'loyal_customers'], ['repeat_customers', 'loyal_customers']],
    4: [['at_risk_customers'], ['repeat_customers', 'loyal_customers']],
    5: [['inactive_customers'], ['repeat_customers', 'loyal_customers']],
} %}
with

-- of each objective the stages that it starts from, that it leads to, and that 3 is measured by
sides as (
    {% for objective, (starts, ends) in objectives.items() -%}
    {% for side, stages in {
        'start': starts,
        'end': ends,
        'measure': ['at_risk_customers', 'inactive_customers'] if objective == 3 else starts,
    }.items() -%}
    {% for stage in stages -%}
    select
        {{ objective }} as objective,
        '{{ side }}' as side,
        '{{ stage }}' as stage
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

worth as (
    select
        sides.objective,
        sides.side,
        {{ wide('count(people.person_id)') }} as contacts,
        count(case when people.is_reachable_by_email then 1 end) as reachable_contacts,
        {{ recounted_ratio(
            in_units('coalesce(sum(people.net_revenue_amount), 0)', 10000),
            'nullif(' ~ wide('count(people.person_id) * 10000') ~ ', 0)'
        ) }} as mean_amount
    from sides
    left join {{ ref('people') }} as people
        on
            people.is_contact
            and sides.stage = people.stage
    group by
        sides.objective,
        sides.side
),

months_counted as (
    select
        held.eve_stage,
        held.objective,
        count(*) as contacts
    from {{ ref('proof_stages') }} as held
    inner join {{ ref('proof_months') }} as months on held.month = months.month
    where
        months.is_complete
        and months.months_back <= {{ setting('objective_months') }}
    group by
        held.eve_stage,
        held.objective
),

moved as (
    select
        sides.objective,
        {{ wide('coalesce(sum(held.contacts), 0)') }} as contacts,
        {{ wide(
            'sum(case when held.objective = sides.objective then held.contacts else 0 end)'
        ) }} as steps
    from sides
    left join months_counted as held on sides.stage = held.eve_stage
    where sides.side = 'start'
    group by sides.objective
),

spans as (
    select
        person_id,
        stage,
        valid_from,
        lead(stage) over (partition by person_id order by valid_from) as next_stage,
        lead(valid_from) over (partition by person_id order by valid_from) as next_from
    from {{ ref('lifecycle_history') }}
),

waits as (
    select
        origins.objective,
        {{ days_between('spans.valid_from', 'spans.next_from') }} as waited_days,
        row_number() over (
            partition by origins.objective
            order by
                {{ days_between('spans.valid_from', 'spans.next_from') }},
                {{ byte_order('spans.person_id') }},
                spans.valid_from
        ) as place,
        count(*) over (partition by origins.objective) as places
    from spans
    inner join sides as origins
        on
            origins.side = 'start'
            and spans.stage = origins.stage
    inner join sides as ends
        on
            ends.side = 'end'
            and origins.objective = ends.objective
            and spans.next_stage = ends.stage
),

-- the one in the middle, or the mean of both
medians as (
    select
        objective,
        cast(avg(cast(waited_days as decimal(18, 1))) as decimal(18, 1)) as waited_days
    from waits
    where 2 * place between places and places + 2
    group by objective
),

joined as (
    select
        origins.objective,
        origins.contacts,
        origins.reachable_contacts,
        origins.mean_amount as mean_from_amount,
        ends.mean_amount as mean_to_amount,
        ends.mean_amount - measures.mean_amount as gap_amount,
        origins.contacts * (ends.mean_amount - measures.mean_amount) as opportunity_amount,
        {{ recounted_ratio('moved.steps', 'nullif(moved.contacts, 0)') }} as monthly_share
    from worth as origins
    inner join worth as ends
        on
            ends.side = 'end'
            and origins.objective = ends.objective
    inner join worth as measures
        on
            measures.side = 'measure'
            and origins.objective = measures.objective
    inner join moved on origins.objective = moved.objective
    where origins.side = 'start'
),

valued as (
    select
        joined.objective,
        joined.contacts,
        joined.reachable_contacts,
        joined.mean_from_amount,
        joined.mean_to_amount,
        joined.gap_amount,
        cast(joined.opportunity_amount as decimal(38, 4)) as opportunity_amount,
        joined.monthly_share,
        cast(
            cast(joined.opportunity_amount as decimal(30, 4)) * joined.monthly_share
            as decimal(38, 4)
        ) as expected_amount,
        medians.waited_days,
        case
            when medians.waited_days <= {{ setting('short_term_days') }} then 'short'
            else 'medium'
        end as horizon
    from joined
    left join medians on joined.objective = medians.objective
),

-- how many opportunities are known and at most as large, and who has the better expectation
places as (
    select
        valued.objective,
        count(rivals.opportunity_amount) as known,
        count(case when rivals.opportunity_amount <= valued.opportunity_amount then 1 end) as up_to,
        count(
            case
                when valued.expected_amount is null and rivals.expected_amount is not null then 1
                when rivals.expected_amount > valued.expected_amount then 1
                when rivals.objective >= valued.objective then null
                when rivals.expected_amount = valued.expected_amount then 1
                when coalesce(rivals.expected_amount, valued.expected_amount) is null then 1
            end
        ) as better
    from valued
    cross join valued as rivals
    group by valued.objective
),

recounted as (
    select
        valued.objective,
        {% for column, side in {'from_stages': 0, 'to_stages': 1}.items() -%}
        case valued.objective
            {% for objective, stages in objectives.items() -%}
            when {{ objective }} then '{{ stages[side] | join(', ') }}'
            {% endfor -%}
        end as {{ column }},
        {% endfor -%}
        valued.contacts,
        valued.reachable_contacts,
        valued.mean_from_amount as mean_net_revenue_from_amount,
        valued.mean_to_amount as mean_net_revenue_to_amount,
        valued.gap_amount,
        valued.opportunity_amount,
        valued.monthly_share,
        valued.expected_amount as expected_opportunity_amount,
        valued.waited_days as median_days_to_step,
        case when valued.waited_days is not null then valued.horizon end as horizon,
        places.better + 1 as {{ adapter.quote('rank') }},
        case
            when valued.opportunity_amount is null or valued.waited_days is null then null
            when 2 * places.up_to > places.known then 'high_value_' || valued.horizon
            else 'low_value_' || valued.horizon
        end as quadrant
    from valued
    inner join places on valued.objective = places.objective
)

{{ rows_that_differ(ref('objectives'), 'recounted', [
    'objective', 'from_stages', 'to_stages', 'contacts', 'reachable_contacts',
    'mean_net_revenue_from_amount', 'mean_net_revenue_to_amount', 'gap_amount',
    'opportunity_amount', 'monthly_share', 'expected_opportunity_amount', 'median_days_to_step',
    'horizon', adapter.quote('rank'), 'quadrant'
]) }}
