{{ config(tags=['proof']) }}

-- Who comes counts one more, who leaves one less; stages begin with who is in them a year ago.
{%- set stages = [
    'prospects', 'first_time_buyers', 'repeat_customers', 'loyal_customers', 'at_risk_customers',
    'inactive_customers'
] %}
with

steps as (
    select
        as_of_date,
        segment,
        segment_value,
        case change when 'entered' then 1 else -1 end as step
    from {{ ref('segment_membership_log') }}
    where
        segment not in ({{ sql_texts(stages) }})
        and {{ is_logged() }}
    union all
    select
        greatest(history.valid_from, as_of.last_12_months_from) as as_of_date,
        history.stage as segment,
        '' as segment_value,
        1 as step
    from {{ ref('lifecycle_history') }} as history
    inner join {{ ref('as_of') }} as as_of
        on coalesce(history.valid_to > as_of.last_12_months_from, true)
    union all
    select
        history.valid_to as as_of_date,
        history.stage as segment,
        '' as segment_value,
        -1 as step
    from {{ ref('lifecycle_history') }} as history
    inner join {{ ref('as_of') }} as as_of
        on
            history.valid_to > as_of.last_12_months_from
            and history.valid_to <= as_of.as_of_on
),

recounted as (
    select
        as_of_date,
        segment,
        segment_value,
        sum(sum(step)) over (partition by segment, segment_value order by as_of_date) as members
    from steps
    group by
        as_of_date,
        segment,
        segment_value
)

{{ rows_that_differ(ref('segment_sizes_by_day'), 'recounted', [
    'as_of_date', 'segment', 'segment_value', 'members'
]) }}
