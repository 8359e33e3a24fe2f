with

definitions as (
    select segment
    from {{ ref('segment_definitions') }}
),

memberships as (
    select *
    from {{ ref('segment_memberships') }}
),

people as (
    select
        person_id,
        is_contact,
        net_revenue_amount,
        net_revenue_12_months_amount
    from {{ ref('people') }}
),

totals as (
    select
        count(*) filter (where is_contact) as contacts,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from people
),

sizes as (
    select
        memberships.segment,
        memberships.segment_value,
        count(*) as members,
        count(*) filter (where people.is_contact) as contacts,
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
    {{ rounded_ratio('coalesce(sizes.contacts, 0)', 'nullif(totals.contacts, 0)') }}
        as share_of_contacts,
    cast(coalesce(sizes.net_revenue_12_months_amount, 0) as decimal(18, 4))
        as net_revenue_12_months_amount,
    {{ rounded_ratio(
        'coalesce(sizes.net_revenue_12_months_amount, 0)',
        'nullif(totals.net_revenue_12_months_amount, 0)'
    ) }} as share_of_revenue_12_months,
    cast(coalesce(sizes.net_revenue_amount, 0) as decimal(18, 4)) as net_revenue_amount,
    {{ rounded_ratio(
        'coalesce(sizes.net_revenue_amount, 0)', 'nullif(totals.net_revenue_amount, 0)'
    ) }} as share_of_revenue,
    {{ rounded_ratio('sizes.net_revenue_amount', 'sizes.members') }} as mean_net_revenue_amount
from definitions
cross join totals
left join sizes on definitions.segment = sizes.segment
