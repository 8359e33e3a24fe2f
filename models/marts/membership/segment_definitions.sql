{{ config(materialized='table') }}

{%- set definitions = segment_definitions() if execute else [] %}

{% for definition in definitions -%}
select
    {%- for name, value in definition.items() %}
    {{ sql_texts([value]) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
