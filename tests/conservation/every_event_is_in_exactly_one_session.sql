-- Events up to the as-of date, per visitor and session id, = the events that its sessions count; a
-- session id of a visitor is one session, however long it lasts. Sessions of people who were erased
-- no longer say whose they are: theirs are compared without the visitor.
with

staged as (
    select
        events.visitor_id,
        events.session_id,
        count(*) as events
    from {{ ref('stg_web__events') }} as events
    cross join {{ ref('as_of') }} as as_of
    where {{ local_day('events.occurred_at') }} <= as_of.as_of_on
    group by
        events.visitor_id,
        events.session_id
),

visitors as (
    select distinct visitor_id
    from {{ ref('sessions') }}
    where visitor_id is not null
),

counted as (
    select
        visitors.visitor_id,
        staged.session_id,
        sum(staged.events) as events,
        case when staged.session_id is not null then count(*) end as sessions
    from staged
    left join visitors on staged.visitor_id = visitors.visitor_id
    group by
        visitors.visitor_id,
        staged.session_id
),

sessions as (
    select
        visitor_id,
        session_id,
        sum(events) as events,
        case when session_id is not null then count(*) end as sessions
    from {{ ref('sessions') }}
    group by
        visitor_id,
        session_id
)

{{ rows_that_differ('sessions', 'counted', ['visitor_id', 'session_id', 'events', 'sessions']) }}
