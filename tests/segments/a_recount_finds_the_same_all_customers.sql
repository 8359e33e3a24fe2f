-- Every contact, with its purchases: the distinct days that have an order.
with

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(count(distinct orders.ordered_on) as decimal(18, 4)) as evidence,
        coalesce(max(orders.ordered_at), max(people.created_at)) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('people') }} as people
    left join {{ ref('orders') }} as orders
        on
            people.person_id = orders.person_id
            and orders.is_valid
    where people.is_contact
    group by people.person_id
)

{{ members_that_differ(ref('all_customers')) }}
