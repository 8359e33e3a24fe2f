{% macro generate_schema_name(custom_schema_name, node) -%}
    {#-
    The schema of a model: its room's name (staging, core, …), after `build_` on servers, where what is built and what
    is published exist side by side.

    Arguments: custom_schema_name (text or none), node (the dbt node).
    Returns: the schema's name.
    -#}
    {{- adapter.dispatch('schema_of_room', 'shop_segments')((custom_schema_name or target.schema) | trim) -}}
{%- endmacro %}


{% macro schema_of_room(room) %}
    {#-
    Arguments: room (text).
    Returns: the schema that a build writes this room to.
    -#}
    {{- return(adapter.dispatch('schema_of_room', 'shop_segments')(room)) -}}
{% endmacro %}

{% macro duckdb__schema_of_room(room) %}
    {#- on DuckDB a build has a file of its own -#}
    {%- do return(room) -%}
{% endmacro %}

{% macro default__schema_of_room(room) %}
    {%- do return(room if room == target.schema else target.schema ~ '_' ~ room) -%}
{% endmacro %}
