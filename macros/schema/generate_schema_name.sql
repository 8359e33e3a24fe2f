{% macro generate_schema_name(custom_schema_name, node) -%}
    {#-
    Schemas have plain names (staging, core, …); a model without one goes to the target's schema.

    Arguments: custom_schema_name (text or none), node (the dbt node).
    Returns: the schema's name.
    -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
