{{ config(tags=['heavy']) }}

-- E-mails sent lately, none of which was ever opened or clicked, until too few of them are left
-- in the window. An e-mail that was sent twice is one, and as new as it was sent last.
with

days as (
    {{ recounted_days_of(setting('email_sleeper_days'), 'days') | indent }}
),

messages as (
    {{ recounted_messages() | indent }}
),

sent as (
    select
        messages.person_id,
        '' as segment_value,
        messages.message_id,
        max(messages.occurred_at) as sent_at,
        max(days.leaves_on) as leaves_on,
        1 as counts
    from messages
    inner join days on messages.occurred_on = days.counted_on
    where
        messages.channel = 'email'
        and messages.event_type = 'sent'
    group by
        messages.person_id,
        messages.message_id
),

awake as (
    select distinct sent.person_id
    from sent
    inner join messages
        on
            sent.person_id = messages.person_id
            and sent.message_id = messages.message_id
    where
        messages.channel = 'email'
        and messages.event_type in ('opened', 'clicked')
),

asleep as (
    select sent.*
    from sent
    left join awake on sent.person_id = awake.person_id
    where awake.person_id is null
),

recounted as (
    {{ recounted_members('asleep', setting('email_sleeper_min_messages'), at='sent_at') | indent }}
)

{{ members_that_differ(ref('email_sleepers')) }}
