{{ config(tags=['proof']) }}

-- A row for every segment, whose members count once, and one for each of its values.
with

-- without values a segment has one row of each member
places as (
    select
        segment,
        segment_value,
        person_id
    from {{ ref('segment_memberships') }}
    union all
    select distinct
        segment,
        '' as segment_value,
        person_id
    from {{ ref('segment_memberships') }}
    where segment_value <> ''
),

members as (
    select
        places.segment,
        places.segment_value,
        case when substr(places.person_id, 1, 2) <> 'v:' then 1 end as is_contact,
        case
            when
                people.has_email
                and people.email_consent_status = 'opted_in'
                and unsubscribed.person_id is null
                then 1
        end as is_reachable,
        coalesce(people.net_revenue_amount, 0) as net_revenue_amount,
        coalesce(people.net_revenue_12_months_amount, 0) as net_revenue_12_months_amount
    from places
    left join {{ ref('people') }} as people on places.person_id = people.person_id
    left join {{ ref('unsubscribed_contacts') }} as unsubscribed
        on places.person_id = unsubscribed.person_id
),

counted as (
    select
        segment,
        segment_value,
        count(*) as members,
        count(is_contact) as contacts,
        count(is_reachable) as reachable_contacts,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from members
    group by
        segment,
        segment_value
    union all
    select
        segment,
        '' as segment_value,
        0 as members,
        0 as contacts,
        0 as reachable_contacts,
        0 as net_revenue_amount,
        0 as net_revenue_12_months_amount
    from {{ ref('segment_definitions') }}
    where segment not in (select places.segment from places)
),

shop as (
    select
        nullif(sum(case when is_contact then 1 else 0 end), 0) as contacts,
        nullif(sum(net_revenue_amount), 0) as net_revenue_amount,
        nullif(sum(net_revenue_12_months_amount), 0) as net_revenue_12_months_amount
    from {{ ref('people') }}
),

sized as (
    select
        counted.*,
        {{ rounded_ratio('counted.contacts', 'shop.contacts') }} as share_of_contacts,
        {{ rounded_ratio('counted.net_revenue_amount', 'shop.net_revenue_amount') }}
            as share_of_revenue,
        {{ rounded_ratio(
            'counted.net_revenue_12_months_amount', 'shop.net_revenue_12_months_amount'
        ) }} as share_of_revenue_12_months,
        {{ rounded_ratio('counted.net_revenue_amount', 'nullif(counted.members, 0)') }}
            as mean_net_revenue_amount
    from counted
    cross join shop
)

{{ rows_that_differ(ref('segment_sizes'), 'sized', [
    'segment', 'segment_value', 'members', 'contacts', 'reachable_contacts', 'net_revenue_amount',
    'net_revenue_12_months_amount', 'share_of_contacts', 'share_of_revenue',
    'share_of_revenue_12_months', 'mean_net_revenue_amount',
]) }}
