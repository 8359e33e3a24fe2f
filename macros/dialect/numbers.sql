{% macro whole_numbers(first, last) %}
    {#-
    The whole numbers from one to another, both included.

    Arguments: first, last (whole numbers, Jinja).
    Returns: SQL query with one column, whole_number.
    -#}
    {{- return(adapter.dispatch('whole_numbers', 'shop_segments')(first, last)) -}}
{% endmacro %}

{% macro default__whole_numbers(first, last) -%}
    select unnest(generate_series({{ first }}, {{ last }})) as whole_number
{%- endmacro %}

{% macro postgres__whole_numbers(first, last) -%}
    select generate_series({{ first }}, {{ last }}) as whole_number
{%- endmacro %}

{% macro spark__whole_numbers(first, last) -%}
    select explode(sequence({{ first }}, {{ last }})) as whole_number
{%- endmacro %}
