{{ config(tags=['proof']) }}

-- The scenarios that name an objective.
{%- set columns = [
    'objective', 'segment', 'scenario', 'scenario_fr', 'programme', 'channel', 'trigger', 'delay',
    'priority', 'is_service_message'
] %}
with

recounted as (
    select
        cast(objective as integer) as objective,
        segment,
        scenario,
        scenario_fr,
        programme,
        channel,
        trigger,
        delay,
        cast(priority as integer) as priority,
        cast(is_service_message as boolean) as is_service_message
    from {{ ref('campaign_scenarios') }}
    where objective is not null
)

{{ rows_that_differ(ref('objective_actions'), 'recounted', columns) }}
