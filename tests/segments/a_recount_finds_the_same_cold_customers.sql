-- A buyer without an order in the last days.
with

recounted as (
    select
        orders.person_id,
        '' as segment_value,
        cast({{ days_between('max(orders.ordered_on)', 'as_of.as_of_on') }} as decimal(18, 4))
            as evidence,
        max(orders.ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }} as orders
    cross join {{ ref('as_of') }} as as_of
    where
        orders.is_valid
        and orders.person_id is not null
    group by
        orders.person_id,
        as_of.as_of_on
    having
        count(
            case
                when
                    {{ days_between('orders.ordered_on', 'as_of.as_of_on') }}
                    < {{ setting('cold_days') }}
                    then orders.order_id
            end
        ) = 0
)

{{ members_that_differ(ref('cold_customers')) }}
