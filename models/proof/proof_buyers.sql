-- long: purchases, their gaps, and the boundaries that follow from them
with

purchase_days as (
    select
        person_id,
        ordered_on,
        lead(ordered_on) over (partition by person_id order by ordered_on) as next_on
    from {{ ref('proof_orders') }}
    where person_id is not null
    group by
        person_id,
        ordered_on
),

person_gaps as (
    select
        person_id,
        count(*) as purchases,
        count(next_on) as gaps,
        coalesce(sum({{ days_between('ordered_on', 'next_on') }}), 0) as gap_days
    from purchase_days
    group by person_id
),

shop_gaps as (
    select
        sum(gaps) as gaps,
        sum(gap_days) as gap_days
    from person_gaps
),

multiples as (
    select
        person_gaps.person_id,
        {{ recounted_days(setting('at_risk_multiplier'), 'person_gaps', 'shop_gaps') }} as at_risk,
        {{ recounted_days(setting('inactive_multiplier'), 'person_gaps', 'shop_gaps') }} as inactive
    from person_gaps
    cross join shop_gaps
    where person_gaps.gaps > 0
),

-- at least one day, and one after the other
boundaries as (
    select
        person_id,
        greatest(at_risk, 1) as at_risk_days,
        greatest(inactive, at_risk + 1, 2) as inactive_days
    from multiples
),

persons as (
    select
        person_id,
        count(*) as orders,
        max(ordered_on) as last_ordered_on,
        max(ordered_at) as last_ordered_at,
        min(days_ago) as days_since_order,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(case when leaves_12_months_on is null then 0 else net_revenue_amount end)
            as net_revenue_12_months_amount
    from {{ ref('proof_orders') }}
    where person_id is not null
    group by person_id
)

select
    persons.person_id,
    cast(persons.orders as integer) as orders,
    cast(person_gaps.purchases as integer) as purchases,
    persons.last_ordered_on,
    persons.last_ordered_at,
    persons.days_since_order,
    cast(persons.net_revenue_amount as decimal(38, 4)) as net_revenue_amount,
    cast(persons.net_revenue_12_months_amount as decimal(38, 4)) as net_revenue_12_months_amount,
    cast(shop_gaps.gaps as bigint) as shop_gaps,
    cast(shop_gaps.gap_days as bigint) as shop_gap_days,
    boundaries.at_risk_days,
    boundaries.inactive_days
from persons
cross join shop_gaps
inner join person_gaps on persons.person_id = person_gaps.person_id
left join boundaries on persons.person_id = boundaries.person_id
