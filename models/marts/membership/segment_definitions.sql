{{ config(materialized='table') }}

{#- one list of rows: Spark writes a file for each select of a union -#}
{%- set definitions = segment_definitions() if execute else [] %}

with definitions (
    segment, family, label_en, label_fr, rule, grain, evidence_unit, settings, needs,
    source_article, objective, owner, external_name
) as (
    values
    {% for row in definitions -%}
    (
        {{ sql_texts([row.segment, row.family, row.label_en, row.label_fr, row.rule, row.grain]) }},
        {{ sql_texts([row.evidence_unit, row.settings, row.needs, row.source_article]) }},
        {{ sql_texts([row.objective, row.owner, row.external_name]) }}
    ){{ ',' if not loop.last }}
    {% endfor %}
)

select
    segment,
    family,
    label_en,
    label_fr,
    rule,
    grain,
    evidence_unit,
    settings,
    needs,
    source_article,
    objective,
    owner,
    external_name
from definitions
