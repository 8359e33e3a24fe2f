{{ config(tags=['proof']) }}

-- Who is out of a segment, or of a value that is followed, on which day: with the last of the rows.
with

stays as (
    select
        segment,
        case
            when segment in ({{ sql_texts(setting('log_valued_segments') + ['']) }})
                then segment_value
            else ''
        end as segment_value,
        person_id,
        expires_on
    from {{ ref('segment_memberships') }}
),

exits as (
    select
        segment,
        segment_value,
        person_id,
        max(expires_on) as expires_on
    from stays
    group by
        segment,
        segment_value,
        person_id
    having count(expires_on) = count(*)
),

recounted as (
    select
        exits.segment,
        exits.segment_value,
        exits.expires_on,
        count(*) as members,
        count(case when substr(exits.person_id, 1, 2) <> 'v:' then 1 end) as contacts
    from exits
    cross join {{ ref('as_of') }} as as_of
    where
        exits.expires_on > as_of.as_of_on
        and exits.expires_on <= {{ add_days('as_of.as_of_on', setting('exit_days')) }}
    group by
        exits.segment,
        exits.segment_value,
        exits.expires_on
)

{{ rows_that_differ(
    ref('segment_exits_ahead'), 'recounted',
    ['segment', 'segment_value', 'expires_on', 'members', 'contacts']
) }}
