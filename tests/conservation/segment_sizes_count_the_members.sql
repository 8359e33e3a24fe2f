-- Per segment and value: the members and their net revenue; one row of zeros for an empty segment.
with

members as (
    select
        members.segment,
        members.segment_value,
        count(*) as members,
        coalesce(sum(people.net_revenue_amount), 0) as net_revenue_amount
    from {{ ref('segment_memberships') }} as members
    left join {{ ref('people') }} as people on members.person_id = people.person_id
    group by
        members.segment,
        members.segment_value
    union all
    select
        definitions.segment,
        '' as segment_value,
        0 as members,
        0 as net_revenue_amount
    from {{ ref('segment_definitions') }} as definitions
    where definitions.segment not in (
        select memberships.segment
        from {{ ref('segment_memberships') }} as memberships
    )
)

{{ rows_that_differ(
    ref('segment_sizes'), 'members', ['segment', 'segment_value', 'members', 'net_revenue_amount']
) }}
