{{ config(tags=['proof']) }}

-- A buyer's orders to the headquarters and to other cities add up to the orders of its cities.
with

near_or_far as (
    select
        person_id,
        evidence
    from {{ ref('local_buyers') }}
    union all
    select
        person_id,
        evidence
    from {{ ref('remote_buyers') }}
),

sums as (
    select
        person_id,
        sum(evidence) as orders
    from near_or_far
    group by person_id
),

cities as (
    select
        person_id,
        sum(evidence) as orders
    from {{ ref('city_buyers') }}
    group by person_id
)

{{ rows_that_differ('sums', 'cities', ['person_id', 'orders']) }}
