{{ config(materialized='table') }}

{%- set definitions = segment_definitions() if execute else [] %}

{% for definition in definitions -%}
select
    {{ sql_texts([definition.segment]) }} as segment,
    {{ sql_texts([definition.family]) }} as family,
    {{ sql_texts([definition.label_en]) }} as label_en,
    {{ sql_texts([definition.label_fr]) }} as label_fr,
    {{ sql_texts([definition.rule]) }} as rule,
    {{ sql_texts([definition.grain]) }} as grain,
    {{ sql_texts([definition.evidence_unit]) }} as evidence_unit,
    {{ sql_texts([definition.settings]) }} as settings,
    {{ sql_texts([definition.needs]) }} as needs,
    {{ sql_texts([definition.source_article]) }} as source_article,
    {{ sql_texts([definition.objective]) }} as objective,
    {{ sql_texts([definition.owner]) }} as owner,
    {{ sql_texts([definition.external_name]) }} as external_name
{{ 'union all' if not loop.last }}
{% endfor %}
