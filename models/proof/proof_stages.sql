-- Each contact's stage on three days of each month: the one before it, its first, and its last.
{%- set stage_on = {
    'eve_stage': add_days('months.month', -1),
    'first_stage': 'months.month',
    'last_stage': 'months.last_on',
} %}
with

stages as (
    select
        months.month,
        months.is_complete,
        {% for stage, day in stage_on.items() -%}
        max(
            case
                when
                    history.valid_from <= {{ day }}
                    and (history.valid_to is null or history.valid_to > {{ day }})
                    then history.stage
            end
        ) as {{ stage }},
        {% endfor -%}
        history.person_id
    from {{ ref('lifecycle_history') }} as history
    inner join {{ ref('proof_months') }} as months on history.valid_from <= months.last_on
    group by
        months.month,
        months.is_complete,
        history.person_id
)

select
    month,
    is_complete,
    person_id,
    coalesce(eve_stage, 'new') as eve_stage,
    coalesce(first_stage, 'new') as first_stage,
    last_stage,
    cast(case
        when eve_stage = 'prospects' and last_stage = 'first_time_buyers' then 1
        when last_stage not in ('repeat_customers', 'loyal_customers') then null
        when eve_stage = 'first_time_buyers' then 2
        when eve_stage in ('repeat_customers', 'loyal_customers') then 3
        when eve_stage = 'at_risk_customers' then 4
        when eve_stage = 'inactive_customers' then 5
    end as integer) as objective
from stages
