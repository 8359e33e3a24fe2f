-- All orders are of one day, several of the shop's mean gaps ago.
with

buyers as (
    select
        person_id,
        count(distinct ordered_on) as purchases,
        min(ordered_on) as first_ordered_on,
        max(ordered_on) as last_ordered_on,
        max(ordered_at) as last_ordered_at
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
    group by person_id
),

-- a person's gaps add up to the days from the first purchase to the last
shop as (
    select
        {{ wide('sum(purchases - 1)') }} as gaps,
        {{ wide('sum(' ~ days_between('first_ordered_on', 'last_ordered_on') ~ ')') }} as gap_days
    from buyers
),

recounted as (
    select
        buyers.person_id,
        '' as segment_value,
        cast({{ days_between('buyers.last_ordered_on', 'as_of.as_of_on') }} as decimal(18, 4))
            as evidence,
        buyers.last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from buyers
    cross join shop
    cross join {{ ref('as_of') }} as as_of
    where
        buyers.purchases = 1
        and shop.gaps > 0
        and {{ days_between('buyers.last_ordered_on', 'as_of.as_of_on') }} * shop.gaps * 1000000
        >= shop.gap_days * {{ millionths(setting('inactive_multiplier')) }}
)

{{ members_that_differ(ref('lapsed_first_time_buyers')) }}
