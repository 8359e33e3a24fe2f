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


{% macro numbers_below(number) %}
    {#-
    A row for each whole number from 0 to below another one.

    Arguments: number (SQL expression, whole number, 1 or more).
    Returns: SQL expression for a select list.
    -#}
    {{- return(adapter.dispatch('numbers_below', 'shop_segments')(number)) -}}
{% endmacro %}

{% macro default__numbers_below(number) -%}
    unnest(range({{ number }}))
{%- endmacro %}

{% macro postgres__numbers_below(number) -%}
    generate_series(0, {{ number }} - 1)
{%- endmacro %}

{% macro spark__numbers_below(number) -%}
    explode(sequence(0, {{ number }} - 1))
{%- endmacro %}
