{{ config(materialized='table') }}

{#- one list of rows: Spark writes a file for each select of a union -#}
{%- set definitions = segment_definitions() if execute else [] %}

with definitions (
    segment, family, label_en, label_fr, rule, rule_fr, rule_sql, grain,
    evidence_unit, evidence_unit_fr, evidence_kind, evidence_comparison, settings, fingerprint,
    needs, known_by, source_article, objective, objective_fr, owner, external_name,
    sort_order, evidence_limit
) as (
    values
    {% for row in definitions -%}
    (
        {{ sql_texts([row.segment, row.family, row.label_en, row.label_fr]) }},
        {{ sql_texts([row.rule, row.rule_fr, row.rule_sql, row.grain]) }},
        {{ sql_texts([row.evidence_unit, row.evidence_unit_fr, row.evidence_kind]) }},
        {{ sql_texts([row.evidence_comparison, row.settings, row.fingerprint]) }},
        {{ sql_texts([row.needs, row.known_by, row.source_article]) }},
        {{ sql_texts([row.objective, row.objective_fr, row.owner, row.external_name]) }},
        {{ row.sort_order }},
        cast({{ row.evidence_limit or 'null' }} as decimal(18, 4))
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
    definitions.rule_fr,
    definitions.rule_sql,
    definitions.grain,
    definitions.evidence_unit,
    definitions.evidence_unit_fr,
    definitions.evidence_kind,
    definitions.evidence_comparison,
    definitions.evidence_limit,
    definitions.settings,
    definitions.fingerprint,
    definitions.needs,
    definitions.known_by,
    definitions.source_article,
    definitions.objective,
    definitions.objective_fr,
    scenarios.lifecycle_objective,
    coalesce(scenarios.scenario_list, '') as scenarios,
    definitions.owner,
    definitions.external_name,
    definitions.sort_order
from definitions
left join scenarios on definitions.segment = scenarios.segment
