{{ config(tags=['heavy']) }}

-- Clicks in e-mails lately.
with

days as (
    {{ recounted_days_of(setting('email_days'), 'days') | indent }}
),

messages as (
    {{ recounted_messages() | indent }}
),

counted as (
    select
        messages.person_id,
        '' as segment_value,
        messages.occurred_at,
        days.leaves_on,
        1 as counts
    from messages
    inner join days on messages.occurred_on = days.counted_on
    where
        messages.channel = 'email'
        and messages.event_type = 'clicked'
),

recounted as (
    {{ recounted_members('counted', 1, at='occurred_at') | indent }}
)

{{ members_that_differ(ref('email_clickers')) }}
