-- The six stages divide the base list: nobody twice, nobody missing, nobody else.
with

staged as (
    select
        person_id,
        'prospects' as stage
    from {{ ref('prospects') }}
    union all
    select
        person_id,
        'first_time_buyers' as stage
    from {{ ref('first_time_buyers') }}
    union all
    select
        person_id,
        'repeat_customers' as stage
    from {{ ref('repeat_customers') }}
    union all
    select
        person_id,
        'loyal_customers' as stage
    from {{ ref('loyal_customers') }}
    union all
    select
        person_id,
        'at_risk_customers' as stage
    from {{ ref('at_risk_customers') }}
    union all
    select
        person_id,
        'inactive_customers' as stage
    from {{ ref('inactive_customers') }}
),

counted as (
    select
        person_id,
        count(*) as memberships,
        min(stage) as one_stage,
        max(stage) as another_stage
    from staged
    group by person_id
)

select
    coalesce(customers.person_id, counted.person_id) as person_id,
    customers.person_id is not null as is_in_all_customers,
    coalesce(counted.memberships, 0) as memberships,
    counted.one_stage,
    counted.another_stage
from {{ ref('all_customers') }} as customers
full outer join counted on customers.person_id = counted.person_id
where
    customers.person_id is null
    or counted.person_id is null
    or counted.memberships <> 1
