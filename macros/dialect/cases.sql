{% macro text_rows(columns, rows) -%}
    {#-
    Rows of text, for a test of the dialect.

    Arguments: columns (their names), rows (list of lists of texts, numbers, which become text, or none).
    Returns: what goes after `from`, every column text.
    -#}
    {%- set lines = [] -%}
    {%- for row in rows -%}
        {%- set values = [] -%}
        {%- for value in row -%}
            {%- do values.append('cast(' ~ ('null' if value is none else sql_text(value)) ~ ' as ' ~ dbt.type_string() ~ ')') -%}
        {%- endfor -%}
        {%- do lines.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    (values {{ lines | join(', ') }}) as text_rows ({{ columns | join(', ') }})
{%- endmacro %}
