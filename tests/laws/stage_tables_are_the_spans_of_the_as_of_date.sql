{{ config(tags=['proof']) }}

-- A stage's table holds those whose span that contains the as-of date is of this stage, and they
-- leave when the span ends.
with

staged as (
    select
        person_id,
        'prospects' as stage,
        expires_on as leaves_on
    from {{ ref('prospects') }}
    union all
    select
        person_id,
        'first_time_buyers' as stage,
        expires_on as leaves_on
    from {{ ref('first_time_buyers') }}
    union all
    select
        person_id,
        'repeat_customers' as stage,
        expires_on as leaves_on
    from {{ ref('repeat_customers') }}
    union all
    select
        person_id,
        'loyal_customers' as stage,
        expires_on as leaves_on
    from {{ ref('loyal_customers') }}
    union all
    select
        person_id,
        'at_risk_customers' as stage,
        expires_on as leaves_on
    from {{ ref('at_risk_customers') }}
    union all
    select
        person_id,
        'inactive_customers' as stage,
        expires_on as leaves_on
    from {{ ref('inactive_customers') }}
),

spans as (
    select
        history.person_id,
        history.stage,
        history.valid_to as leaves_on
    from {{ ref('lifecycle_history') }} as history
    cross join {{ ref('as_of') }} as as_of
    where
        history.valid_from <= as_of.as_of_on
        and (history.valid_to > as_of.as_of_on or history.valid_to is null)
)

{{ rows_that_differ('staged', 'spans', ['person_id', 'stage', 'leaves_on']) }}
