-- One id is one message. Without an id each day of a campaign is one: rather one too many. What was
-- delivered was sent, whether that is said or not.
with

services as (
    {% for name in ['scenario', 'scenario_fr'] -%}
    select {{ normalised_text(name) }} as scenario
    from {{ ref('campaign_scenarios') }}
    where cast(is_service_message as boolean)
    {{ 'union' if not loop.last }}
    {% endfor -%}
),

messages as (
    select
        person_id,
        channel,
        message_id,
        max(case when event_type = 'sent' then occurred_at end) as sent_at,
        max(case when event_type = 'sent' then occurred_on end) as sent_on,
        max(occurred_at) as delivered_at,
        max(occurred_on) as delivered_on,
        min({{ byte_order('campaign_id') }}) as campaign_id
    from {{ ref('proof_messages') }}
    where event_type in ('sent', 'delivered')
    group by
        person_id,
        channel,
        message_id,
        case when message_id not like 'message %' then occurred_on end
)

select
    messages.person_id,
    messages.channel,
    coalesce(messages.sent_at, messages.delivered_at) as sent_at,
    coalesce(messages.sent_on, messages.delivered_on) as sent_on,
    campaigns.scenario is null as names_none,
    {{ normalised_text('campaigns.scenario') }} as scenario,
    services.scenario is not null as is_service_message,
    messages.campaign_id is not null
    and coalesce({{ lower_case('campaigns.segment') }}, 'all_customers') = 'all_customers'
        as is_to_all
from messages
left join {{ ref('stg_crm__campaigns') }} as campaigns
    on messages.campaign_id = campaigns.campaign_id
left join services on {{ normalised_text('campaigns.scenario') }} = services.scenario
