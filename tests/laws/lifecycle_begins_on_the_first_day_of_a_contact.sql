{{ config(tags=['proof']) }}

-- The first span of every contact begins on the local day of created_at or of its first order, the
-- earlier.
with

first_orders as (
    select
        person_id,
        min(ordered_on) as first_ordered_on
    from {{ ref('orders') }}
    where is_valid
    group by person_id
),

contacts as (
    select
        people.person_id,
        least(
            {{ local_day('people.created_at') }},
            coalesce(first_orders.first_ordered_on, {{ local_day('people.created_at') }})
        ) as first_on
    from {{ ref('people') }} as people
    left join first_orders on people.person_id = first_orders.person_id
    where people.is_contact
),

begun as (
    select
        person_id,
        min(valid_from) as first_on
    from {{ ref('lifecycle_history') }}
    group by person_id
)

{{ rows_that_differ('begun', 'contacts', ['person_id', 'first_on']) }}
