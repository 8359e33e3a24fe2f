-- What was sent to each person and what the person did with it.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

events as (
    select *
    from {{ ref('int_message_events') }}
),

-- first day of the present stay in the inactive stage, which only a purchase ends
inactive as (
    select
        person_id,
        valid_from as inactive_from
    from {{ ref('int_person_lifecycle') }}
    where
        stage = 'inactive_customers'
        and valid_to is null
),

people as (
    select
        events.person_id,
        {%- for kind in ('opened', 'clicked') %}
        count(*) filter (
            where
            events.event_type = '{{ kind }}'
            and events.channel = 'email'
            and events.occurred_on
            > {{ add_days('as_of.as_of_on', -1 * setting('email_days')) }}
        ) as recent_email_{{ kind }},
        max(
            case
                when events.event_type = '{{ kind }}' and events.channel = 'email'
                    then events.occurred_at
            end
        ) as last_email_{{ kind }}_at,
        max(
            case
                when events.event_type = '{{ kind }}' and events.channel = 'email'
                    then events.occurred_on
            end
        ) as last_email_{{ kind }}_on,
        {%- endfor %}
        max(case when events.event_type = 'clicked' then events.occurred_at end) as last_clicked_at,
        max(case when events.event_type = 'clicked' then events.occurred_on end) as last_clicked_on,
        max(case when events.event_type in ('opened', 'clicked') then events.occurred_at end)
            as last_read_at,
        -- the most serious that a mailbox says: never write to me again
        max(
            case
                when
                    events.channel = 'email'
                    and (
                        events.event_type = 'complained'
                        or (events.event_type = 'bounced' and events.bounce_type = 'hard')
                    )
                    then events.occurred_at
            end
        ) as last_refused_at,
        min(
            case
                when events.event_type = 'sent' and events.occurred_on >= inactive.inactive_from
                    then events.occurred_at
            end
        ) as first_sent_inactive_at,
        min(
            case
                when events.event_type = 'sent' and events.occurred_on >= inactive.inactive_from
                    then events.occurred_on
            end
        ) as first_sent_inactive_on
    from events
    cross join as_of
    left join inactive on events.person_id = inactive.person_id
    group by events.person_id
),

emails as (
    select
        person_id,
        message_id,
        max(case when event_type = 'sent' then occurred_at end) as sent_at,
        max(case when event_type = 'sent' then occurred_on end) as sent_on,
        count(*) filter (where event_type in ('opened', 'clicked')) as reads
    from events
    where channel = 'email'
    group by
        person_id,
        message_id
),

recent_emails as (
    select
        emails.*,
        row_number() over (
            partition by emails.person_id
            order by emails.sent_at desc, {{ byte_order('emails.message_id') }} desc
        ) as newest_first
    from emails
    cross join as_of
    where emails.sent_on > {{ add_days('as_of.as_of_on', -1 * setting('email_sleeper_days')) }}
),

recent as (
    select
        person_id,
        count(*) as emails,
        count(*) filter (where reads > 0) as read_emails,
        max(sent_at) as last_sent_at,
        max(
            case
                when newest_first = {{ setting('email_sleeper_min_messages') }} then sent_on
            end
        ) as sleeper_sent_on
    from recent_emails
    group by person_id
)

select
    people.person_id,
    cast(people.recent_email_opened as integer) as recent_email_opens,
    people.last_email_opened_at,
    people.last_email_opened_on,
    cast(people.recent_email_clicked as integer) as recent_email_clicks,
    people.last_email_clicked_at,
    people.last_email_clicked_on,
    people.last_clicked_at,
    people.last_clicked_on,
    people.last_read_at,
    people.last_refused_at,
    people.first_sent_inactive_at,
    people.first_sent_inactive_on,
    cast(coalesce(recent.emails, 0) as integer) as recent_emails,
    cast(coalesce(recent.read_emails, 0) as integer) as recent_emails_read,
    recent.last_sent_at as last_recent_email_at,
    recent.sleeper_sent_on
from people
left join recent on people.person_id = recent.person_id
