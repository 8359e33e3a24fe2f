{{ config(materialized='table') }}

{#- one list of rows: Spark writes a file for each select of a union -#}
{%- set definitions = segment_definitions() if execute else [] %}

with definitions (
    segment, family, label_en, label_fr, rule, grain, evidence_unit, settings, fingerprint,
    needs, known_by, source_article, objective, owner, external_name
) as (
    values
    {% for row in definitions -%}
    (
        {{ sql_texts([row.segment, row.family, row.label_en, row.label_fr, row.rule, row.grain]) }},
        {{ sql_texts([row.evidence_unit, row.settings, row.fingerprint]) }},
        {{ sql_texts([row.needs, row.known_by, row.source_article]) }},
        {{ sql_texts([row.objective, row.owner, row.external_name]) }}
    ){{ ',' if not loop.last }}
    {% endfor %}
),

scenarios as (
    select
        segment,
        max(objective) as lifecycle_objective,
        {{ sorted_list('scenario') }} as scenario_list
    from {{ ref('int_campaign_scenarios') }}
    group by segment
)

select
    definitions.segment,
    definitions.family,
    definitions.label_en,
    definitions.label_fr,
    definitions.rule,
    definitions.grain,
    definitions.evidence_unit,
    definitions.settings,
    definitions.fingerprint,
    definitions.needs,
    definitions.known_by,
    definitions.source_article,
    definitions.objective,
    scenarios.lifecycle_objective,
    coalesce(scenarios.scenario_list, '') as scenarios,
    definitions.owner,
    definitions.external_name
from definitions
left join scenarios on definitions.segment = scenarios.segment
