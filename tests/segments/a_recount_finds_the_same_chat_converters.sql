{{ config(tags=['heavy']) }}

-- A session in which something was bought at or after the first chat.
with

sessions as (
    {{ recounted_sessions() | indent }}
),

qualifying as (
    select
        person_id,
        '' as segment_value,
        started_at,
        leaves_on,
        chats as evidence
    from sessions
    where
        last_purchased_at >= first_chat_at
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('chat_converters')) }}
