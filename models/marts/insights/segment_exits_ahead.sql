with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

memberships as (
    select
        segment,
        person_id,
        expires_on,
        case
            when segment in ({{ sql_texts(setting('log_valued_segments') + ['']) }})
                then segment_value
            else ''
        end as segment_value
    from {{ ref('segment_memberships') }}
),

due as (
    select distinct
        memberships.segment,
        memberships.segment_value,
        memberships.person_id
    from memberships
    cross join as_of
    where memberships.expires_on <= {{ add_days('as_of.as_of_on', setting('exit_days')) }}
),

-- who leaves one value may stay in another
last_days as (
    select
        due.segment,
        due.segment_value,
        due.person_id,
        case
            when count(*) = count(memberships.expires_on) then max(memberships.expires_on)
        end as expires_on
    from due
    inner join memberships
        on
            due.segment = memberships.segment
            and due.segment_value = memberships.segment_value
            and due.person_id = memberships.person_id
    group by
        due.segment,
        due.segment_value,
        due.person_id
)

select
    last_days.segment,
    last_days.segment_value,
    last_days.expires_on,
    count(*) as members,
    count(*) filter (where substr(last_days.person_id, 1, 2) <> 'v:') as contacts
from last_days
cross join as_of
where last_days.expires_on <= {{ add_days('as_of.as_of_on', setting('exit_days')) }}
group by
    last_days.segment,
    last_days.segment_value,
    last_days.expires_on
