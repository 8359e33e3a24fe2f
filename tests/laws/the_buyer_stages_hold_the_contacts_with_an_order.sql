{{ config(tags=['proof']) }}

-- first-time ∪ repeat ∪ loyal ∪ at risk ∪ inactive = contacts with an order ever
with

staged as (
    select person_id
    from {{ ref('first_time_buyers') }}
    union all
    select person_id
    from {{ ref('repeat_customers') }}
    union all
    select person_id
    from {{ ref('loyal_customers') }}
    union all
    select person_id
    from {{ ref('at_risk_customers') }}
    union all
    select person_id
    from {{ ref('inactive_customers') }}
),

buyers as (
    select distinct people.person_id
    from {{ ref('people') }} as people
    inner join {{ ref('orders') }} as orders on people.person_id = orders.person_id
    where
        people.is_contact
        and orders.is_valid
)

{{ rows_that_differ('staged', 'buyers', ['person_id']) }}
