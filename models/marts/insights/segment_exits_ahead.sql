with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

memberships as (
    select *
    from {{ ref('segment_memberships') }}
),

due as (
    select memberships.*
    from memberships
    cross join as_of
    where memberships.expires_on <= {{ add_days('as_of.as_of_on', setting('exit_days')) }}
),

-- the others' last day is only asked for where one of their values ends
unfollowed as (
    select distinct
        segment,
        person_id
    from due
    where segment in ({{ sql_texts(setting('values_not_followed') + ['']) }})
),

last_days as (
    select
        unfollowed.segment,
        '' as segment_value,
        unfollowed.person_id,
        case
            when count(*) = count(memberships.expires_on) then max(memberships.expires_on)
        end as expires_on
    from unfollowed
    inner join memberships
        on
            unfollowed.segment = memberships.segment
            and unfollowed.person_id = memberships.person_id
    group by
        unfollowed.segment,
        unfollowed.person_id
),

exits as (
    select
        segment,
        segment_value,
        person_id,
        expires_on
    from due
    where segment not in ({{ sql_texts(setting('values_not_followed') + ['']) }})
    union all
    select
        last_days.segment,
        last_days.segment_value,
        last_days.person_id,
        last_days.expires_on
    from last_days
    cross join as_of
    where last_days.expires_on <= {{ add_days('as_of.as_of_on', setting('exit_days')) }}
)

select
    segment,
    segment_value,
    expires_on,
    count(*) as members,
    count(*) filter (where substr(person_id, 1, 2) <> 'v:') as contacts
from exits
group by
    segment,
    segment_value,
    expires_on
