-- What became of each message of a campaign, its events summed up.
with

messages as (
    select
        campaign_id,
        person_id,
        message_id,
        min({{ byte_order('channel') }}) as channel,
        min(occurred_on) as first_on,
        {% for event_type in ['sent', 'complained'] -%}
        min(case when event_type = '{{ event_type }}' then occurred_on end) as {{ event_type }}_on,
        {% endfor -%}
        min(case when event_type not in ('sent', 'bounced') then occurred_on end) as reacted_on,
        {% for event_type in ['opened', 'clicked', 'unsubscribed', 'bounced', 'delivered'] -%}
        max(case when event_type = '{{ event_type }}' then 1 else 0 end) as {{ event_type }},
        {% endfor -%}
        max(case when bounce_type = 'hard' then 1 else 0 end) as hard_bounced
    from {{ ref('proof_messages') }}
    where campaign_id is not null
    group by
        campaign_id,
        person_id,
        message_id
)

select
    campaign_id,
    person_id,
    message_id,
    channel,
    coalesce(sent_on, first_on) as sent_on,
    case
        when reacted_on is not null then reacted_on
        when bounced + max(delivered) over (partition by campaign_id) = 0
            then coalesce(sent_on, first_on)
    end as delivered_on,
    complained_on,
    opened,
    clicked,
    unsubscribed,
    hard_bounced
from messages
