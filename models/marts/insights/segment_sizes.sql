with

definitions as (
    select segment
    from {{ ref('segment_definitions') }}
),

people as (
    select *
    from {{ ref('people') }}
),

totals as (
    select
        count(*) filter (where is_contact) as contacts,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from people
),

-- A member with several values counts once in the segment and once in each value.
memberships as (
    select distinct
        segment,
        '' as segment_value,
        person_id
    from {{ ref('segment_memberships') }}
    union all
    select
        segment,
        segment_value,
        person_id
    from {{ ref('segment_memberships') }}
    where segment_value <> ''
),

sizes as (
    select
        memberships.segment,
        memberships.segment_value,
        count(*) as members,
        count(*) filter (where people.is_contact) as contacts,
        count(*) filter (where people.is_reachable_by_email) as reachable_contacts,
        sum(people.net_revenue_amount) as net_revenue_amount,
        sum(people.net_revenue_12_months_amount) as net_revenue_12_months_amount
    from memberships
    inner join people on memberships.person_id = people.person_id
    group by
        memberships.segment,
        memberships.segment_value
)

select
    definitions.segment,
    coalesce(sizes.segment_value, '') as segment_value,
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
from definitions
cross join totals
left join sizes on definitions.segment = sizes.segment
