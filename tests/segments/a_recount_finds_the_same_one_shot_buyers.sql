{{ config(tags=['heavy']) }}

-- Orders in the last 6 months of who has come to the site in one session only.
with

counted as (
    {{ recounted_orders(6, 'months') | indent }}
),

visitors as (
    select person_id
    from {{ ref('sessions') }}
    where person_id is not null
    group by person_id
    having count(*) = 1
),

one_shot as (
    select counted.*
    from counted
    inner join visitors on counted.person_id = visitors.person_id
),

recounted as (
    {{ recounted_members('one_shot', 1) | indent }}
)

{{ members_that_differ(ref('one_shot_buyers')) }}
