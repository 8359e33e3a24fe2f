-- Whoever has brought more than the last amount that gets in, and of those with just that amount
-- the first by name until the share is full.
with

buyers as (
    select
        person_id,
        sum(net_revenue_amount) as amount,
        max(ordered_at) as last_ordered_at
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
    group by person_id
),

amounts as (
    select
        amount,
        count(*) as buyers
    from buyers
    group by amount
),

compared as (
    select
        amount,
        sum(buyers) over (order by amount desc) - buyers as better,
        sum(buyers) over (order by amount desc) as reached,
        sum(buyers) over () as buyers
    from amounts
),

-- a place is one of the best as long as the places before it are less than the share
amounts_in as (
    select
        amount,
        better,
        buyers,
        case
            when (reached - 1) * 1000000 < buyers * {{ millionths(setting('pareto_share')) }} then 1
            else 0
        end as is_whole
    from compared
    where better * 1000000 < buyers * {{ millionths(setting('pareto_share')) }}
),

ties as (
    select
        tied.person_id,
        count(earlier.person_id) as earlier
    from amounts_in
    inner join buyers as tied on amounts_in.amount = tied.amount
    left join buyers as earlier
        on
            tied.amount = earlier.amount
            and {{ byte_order('earlier.person_id') }} < {{ byte_order('tied.person_id') }}
    where amounts_in.is_whole = 0
    group by tied.person_id
),

recounted as (
    select
        buyers.person_id,
        '' as segment_value,
        cast(buyers.amount as decimal(18, 4)) as evidence,
        buyers.last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from amounts_in
    inner join buyers on amounts_in.amount = buyers.amount
    left join ties on buyers.person_id = ties.person_id
    where
        amounts_in.is_whole = 1
        or (amounts_in.better + ties.earlier) * 1000000
        < amounts_in.buyers * {{ millionths(setting('pareto_share')) }}
)

{{ members_that_differ(ref('top_20_percent_customers')) }}
