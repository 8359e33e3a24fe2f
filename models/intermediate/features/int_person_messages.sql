-- What was sent to each contact and what the contact did with it.
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
)

select
    events.person_id,
    {%- for kind in ('opened', 'clicked') %}
    cast(
        count(*) filter (
            where
            events.event_type = '{{ kind }}'
            and events.channel = 'email'
            and events.occurred_on
            > {{ add_days('as_of.as_of_on', -1 * setting('email_days')) }}
        ) as integer
    ) as {{ {'opened': 'email_opens', 'clicked': 'email_clicks'}[kind] }}_in_email_days,
    max(events.occurred_at) filter (
        where events.event_type = '{{ kind }}' and events.channel = 'email'
    ) as last_email_{{ kind }}_at,
    max(events.occurred_on) filter (
        where events.event_type = '{{ kind }}' and events.channel = 'email'
    ) as last_email_{{ kind }}_on,
    {%- endfor %}
    max(events.occurred_at) filter (where events.event_type = 'clicked') as last_clicked_at,
    max(events.occurred_on) filter (where events.event_type = 'clicked') as last_clicked_on,
    max(events.occurred_at) filter (where events.event_type in ('opened', 'clicked'))
        as last_read_at,
    max(events.occurred_at) filter (
        where events.event_type = 'complained' and events.channel = 'email'
    ) as last_email_complained_at,
    max(events.occurred_at) filter (
        where events.bounce_type = 'hard' and events.channel = 'email'
    ) as last_email_hard_bounced_at,
    min(events.occurred_at) filter (
        where events.event_type = 'sent' and events.occurred_on >= inactive.inactive_from
    ) as first_sent_inactive_at,
    min(events.occurred_on) filter (
        where events.event_type = 'sent' and events.occurred_on >= inactive.inactive_from
    ) as first_sent_inactive_on
from events
cross join as_of
left join inactive on events.person_id = inactive.person_id
group by events.person_id
