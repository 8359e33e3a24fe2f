with

memberships as (
    select
        memberships.segment,
        memberships.person_id,
        memberships.expires_on,
        case
            when memberships.segment in ({{ sql_texts(setting('log_valued_segments') + ['']) }})
                then memberships.segment_value
            else ''
        end as segment_value,
        coalesce(
            memberships.expires_on <= {{ add_days('as_of.as_of_on', setting('exit_days')) }}, false
        ) as is_due
    from {{ ref('segment_memberships') }} as memberships
    cross join {{ ref('as_of') }} as as_of
),

due as (
    select
        segment,
        segment_value,
        person_id,
        max(expires_on) as expires_on
    from memberships
    where is_due
    group by
        segment,
        segment_value,
        person_id
),

-- who leaves one value may stay in another
staying as (
    select
        segment,
        segment_value,
        person_id
    from memberships
    where not is_due
)

select
    due.segment,
    due.segment_value,
    due.expires_on,
    count(*) as members,
    count(*) filter (where substr(due.person_id, 1, 2) <> 'v:') as contacts
from due
left join staying
    on
        due.segment = staying.segment
        and due.segment_value = staying.segment_value
        and due.person_id = staying.person_id
where staying.person_id is null
group by
    due.segment,
    due.segment_value,
    due.expires_on
