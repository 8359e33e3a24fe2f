{{ config(tags=['proof']) }}

-- Events up to the as-of date, per visitor and session id, = the events that its sessions count; a
-- session id of a visitor is one session, however long it lasts. Sessions of people who were erased
-- no longer say whose they are: visitors who may be among them are compared without the visitor.
with

unsure as (
    select distinct events.visitor_id
    from {{ ref('stg_web__events') }} as events
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            events.customer_id = person_keys.key_value
            and person_keys.key_type = 'customer'
            and person_keys.person_id is null
    union
    select events.visitor_id
    from {{ ref('stg_web__events') }} as events
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            events.email_key = person_keys.key_value
            and person_keys.key_type = 'email'
            and person_keys.person_id is null
),

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

counted as (
    select
        case when unsure.visitor_id is null then staged.visitor_id end as visitor_id,
        staged.session_id,
        sum(staged.events) as events,
        case when staged.session_id is not null then count(*) end as sessions
    from staged
    left join unsure on staged.visitor_id = unsure.visitor_id
    group by
        case when unsure.visitor_id is null then staged.visitor_id end,
        staged.session_id
),

sessions as (
    select
        case when unsure.visitor_id is null then sessions.visitor_id end as visitor_id,
        sessions.session_id,
        sum(sessions.events) as events,
        case when sessions.session_id is not null then count(*) end as sessions
    from {{ ref('sessions') }} as sessions
    left join unsure on sessions.visitor_id = unsure.visitor_id
    group by
        case when unsure.visitor_id is null then sessions.visitor_id end,
        sessions.session_id
)

{{ rows_that_differ('sessions', 'counted', ['visitor_id', 'session_id', 'events', 'sessions']) }}
