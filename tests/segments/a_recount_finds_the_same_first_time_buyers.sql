-- A contact who has orders, the oldest and the newest of which are of one day.
with

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(1 as decimal(18, 4)) as evidence,
        max(orders.ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('people') }} as people
    inner join {{ ref('orders') }} as orders on people.person_id = orders.person_id
    where
        people.is_contact
        and orders.is_valid
    group by people.person_id
    having min(orders.ordered_on) = max(orders.ordered_on)
)

{{ members_that_differ(ref('first_time_buyers')) }}
