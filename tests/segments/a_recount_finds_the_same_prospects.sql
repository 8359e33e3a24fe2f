-- A contact none of whose orders counts; the newest fact is its own beginning.
with

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(0 as decimal(18, 4)) as evidence,
        people.created_at as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('people') }} as people
    where
        people.is_contact
        and not exists (
            select orders.order_id
            from {{ ref('orders') }} as orders
            where
                orders.person_id = people.person_id
                and orders.is_valid
        )
)

{{ members_that_differ(ref('prospects')) }}
