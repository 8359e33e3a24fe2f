{% macro gather_statistics(relation) %}
    {#-
    What an engine must be told after a table is built, so that the next models are planned well.

    Arguments: relation (of the model that was just built).
    Returns: SQL statement, or nothing.
    -#}
    {{- return(adapter.dispatch('gather_statistics', 'shop_segments')(relation)) -}}
{% endmacro %}

{% macro default__gather_statistics(relation) -%}{%- endmacro %}

{% macro postgres__gather_statistics(relation) -%}
    {#- autovacuum does not yet know a table that the next model reads at once -#}
    {%- if model.config.materialized != 'view' -%} analyze {{ relation }} {%- endif -%}
{%- endmacro %}


{% macro prepare_engine() %}
    {#-
    What an engine must be told before a model is built.

    Returns: SQL statement, or nothing.
    -#}
    {{- return(adapter.dispatch('prepare_engine', 'shop_segments')()) -}}
{% endmacro %}

{% macro default__prepare_engine() -%}{%- endmacro %}

{% macro postgres__prepare_engine() -%}
    {#- compiling the many expressions of a staging model takes longer than computing them -#}
    set local jit = off
{%- endmacro %}
