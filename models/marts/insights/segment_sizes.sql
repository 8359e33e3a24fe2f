-- long: segments are sized from the distinct sets of segments, which are few, values from members
with

totals as (
    select
        count(*) filter (where is_contact) as contacts,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from {{ ref('people') }}
),

sets as (
    select
        segments,
        count(*) as members,
        count(*) filter (where is_contact) as contacts,
        count(*) filter (where is_reachable_by_email) as reachable_contacts,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from {{ ref('people') }}
    where segments <> ''
    group by segments
),

-- a member with several values counts once in the segment and once in each value
counted as (
    select
        {{ listed('segments') }} as segment,
        '' as segment_value,
        members,
        contacts,
        reachable_contacts,
        net_revenue_amount,
        net_revenue_12_months_amount
    from sets
    union all
    select
        memberships.segment,
        memberships.segment_value,
        1 as members,
        case when people.is_contact then 1 else 0 end as contacts,
        case when people.is_reachable_by_email then 1 else 0 end as reachable_contacts,
        people.net_revenue_amount,
        people.net_revenue_12_months_amount
    from {{ ref('segment_memberships') }} as memberships
    inner join {{ ref('people') }} as people on memberships.person_id = people.person_id
    where memberships.segment_value <> ''
),

sizes as (
    select
        segment,
        segment_value,
        sum(members) as members,
        sum(contacts) as contacts,
        sum(reachable_contacts) as reachable_contacts,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from counted
    group by
        segment,
        segment_value
)

select
    definitions.segment,
    coalesce(sizes.segment_value, '') as segment_value,
    as_of.as_of_on,
    cast(coalesce(sizes.members, 0) as bigint) as members,
    cast(coalesce(sizes.contacts, 0) as bigint) as contacts,
    cast(coalesce(sizes.reachable_contacts, 0) as bigint) as reachable_contacts,
    {{ rounded_ratio('coalesce(sizes.contacts, 0)', 'nullif(totals.contacts, 0)') }}
        as share_of_contacts,
    cast(coalesce(sizes.net_revenue_12_months_amount, 0) as decimal(38, 4))
        as net_revenue_12_months_amount,
    {{ rounded_ratio(
        'coalesce(sizes.net_revenue_12_months_amount, 0)',
        'nullif(totals.net_revenue_12_months_amount, 0)'
    ) }} as share_of_revenue_12_months,
    cast(coalesce(sizes.net_revenue_amount, 0) as decimal(38, 4)) as net_revenue_amount,
    {{ rounded_ratio(
        'coalesce(sizes.net_revenue_amount, 0)', 'nullif(totals.net_revenue_amount, 0)'
    ) }} as share_of_revenue,
    {{ rounded_ratio('sizes.net_revenue_amount', 'sizes.members') }} as mean_net_revenue_amount
from {{ ref('segment_definitions') }} as definitions
cross join totals
cross join {{ ref('as_of') }} as as_of
left join sizes on definitions.segment = sizes.segment
