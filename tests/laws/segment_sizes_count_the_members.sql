-- A row for every segment, whose members count once, and one for each of its values.
with

members as (
    select
        members.segment,
        members.segment_value,
        members.person_id,
        case when substr(members.person_id, 1, 2) <> 'v:' then members.person_id end as contact_id,
        case
            when
                people.has_email
                and people.email_consent_status = 'opted_in'
                and unsubscribed.person_id is null
                then members.person_id
        end as reachable_id,
        coalesce(people.net_revenue_amount, 0) as net_revenue_amount,
        row_number() over (
            partition by members.segment, members.person_id
            order by {{ byte_order('members.segment_value') }}
        ) as place
    from {{ ref('segment_memberships') }} as members
    left join {{ ref('people') }} as people on members.person_id = people.person_id
    left join {{ ref('unsubscribed_contacts') }} as unsubscribed
        on members.person_id = unsubscribed.person_id
),

counted as (
    select
        definitions.segment,
        '' as segment_value,
        count(distinct members.person_id) as members,
        count(distinct members.contact_id) as contacts,
        count(distinct members.reachable_id) as reachable_contacts,
        coalesce(sum(case when members.place = 1 then members.net_revenue_amount end), 0)
            as net_revenue_amount
    from {{ ref('segment_definitions') }} as definitions
    left join members on definitions.segment = members.segment
    group by definitions.segment
    union all
    select
        segment,
        segment_value,
        count(*) as members,
        count(contact_id) as contacts,
        count(reachable_id) as reachable_contacts,
        sum(net_revenue_amount) as net_revenue_amount
    from members
    where segment_value <> ''
    group by
        segment,
        segment_value
)

{{ rows_that_differ(
    ref('segment_sizes'), 'counted', [
        'segment', 'segment_value', 'members', 'contacts', 'reachable_contacts', 'net_revenue_amount'
    ]
) }}
