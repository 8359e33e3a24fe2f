{{ config(tags=['heavy']) }}

-- Contacts whose state of e-mail is out, who ever complained about an e-mail, or whose e-mail
-- ever came back for good; the newest of these is shown.
with

consents as (
    {{ recounted_consents() | indent }}
),

messages as (
    {{ recounted_messages() | indent }}
),

facts as (
    select
        person_id,
        said_at as happened_at
    from consents
    where status = 'opted_out'
    union all
    select
        person_id,
        occurred_at as happened_at
    from messages
    where
        channel = 'email'
        and (event_type = 'complained' or (event_type = 'bounced' and bounce_type = 'hard'))
),

recounted as (
    select
        person_id,
        '' as segment_value,
        cast(1 as decimal(18, 4)) as evidence,
        max(happened_at) as evidence_at,
        cast(null as date) as expires_on
    from facts
    group by person_id
)

{{ members_that_differ(ref('unsubscribed_contacts')) }}
