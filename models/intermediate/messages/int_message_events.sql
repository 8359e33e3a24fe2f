with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

person_keys as (
    select *
    from {{ ref('int_person_keys') }}
),

owned as (
    select
        message_events.*,
        {{ owner() }} as person_id
    from {{ ref('stg_crm__message_events') }} as message_events
    cross join as_of
    {{ owner_joins('message_events') }}
    where message_events.occurred_on <= as_of.as_of_on
)

select
    message_event_id,
    message_id,
    person_id,
    channel,
    event_type,
    bounce_type,
    occurred_at,
    occurred_on
from owned
where person_id is not null
