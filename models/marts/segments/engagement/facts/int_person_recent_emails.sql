-- The e-mails sent to each contact in the last `email_sleeper_days` days, newest first; one that
-- was sent twice counts once, at the time it was last sent.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

emails as (
    select
        person_id,
        message_id,
        max(case when event_type = 'sent' then occurred_at end) as sent_at,
        max(case when event_type = 'sent' then occurred_on end) as sent_on,
        count(*) filter (where event_type in ('opened', 'clicked')) as reads
    from {{ ref('int_message_events') }}
    where channel = 'email'
    group by
        person_id,
        message_id
)

select
    emails.person_id,
    cast(
        row_number() over (
            partition by emails.person_id
            order by emails.sent_at desc, {{ byte_order('emails.message_id') }} desc
        ) as integer
    ) as newest_first,
    emails.sent_at,
    emails.sent_on,
    cast(emails.reads as integer) as reads
from emails
cross join as_of
where emails.sent_on > {{ add_days('as_of.as_of_on', -1 * setting('email_sleeper_days')) }}
