-- long: a campaign may name a scenario in two languages
with

-- a name that is there twice means the same in every segment
names as (
    {% for column in ('scenario', 'scenario_fr') -%}
    select
        {{ normalised_text(column) }} as spelling,
        scenario,
        is_service_message
    from {{ ref('int_campaign_scenarios') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

spellings as (
    select
        spelling,
        min({{ byte_order('scenario') }}) as scenario,
        bool_or(is_service_message) as is_service_message
    from names
    group by spelling
),

campaigns as (
    select
        campaigns.campaign_id,
        coalesce(spellings.scenario, campaigns.scenario) as scenario,
        spellings.is_service_message,
        coalesce({{ lower_case('campaigns.segment') }}, 'all_customers') = 'all_customers'
            as is_base_wide
    from {{ ref('stg_crm__campaigns') }} as campaigns
    left join spellings on {{ normalised_text('campaigns.scenario') }} = spellings.spelling
),

messages as (
    select
        person_id,
        channel,
        {%- for moment in ('at', 'on') %}
        coalesce(
            max(case when event_type = 'sent' then occurred_{{ moment }} end),
            max(occurred_{{ moment }})
        ) as sent_{{ moment }},
        {%- endfor %}
        min({{ byte_order('campaign_id') }}) as campaign_id
    from {{ ref('int_message_events') }}
    where event_type in ('sent', 'delivered')
    group by
        person_id,
        channel,
        message_id,
        case when substr(message_id, 1, 2) <> 'm:' then occurred_on end
)

select
    messages.person_id,
    messages.channel,
    messages.sent_at,
    messages.sent_on,
    campaigns.scenario,
    coalesce(campaigns.is_service_message, false) as is_service_message,
    messages.campaign_id is not null
    and coalesce(campaigns.is_base_wide and not campaigns.is_service_message, true) as is_base_wide
from messages
left join campaigns on messages.campaign_id = campaigns.campaign_id
