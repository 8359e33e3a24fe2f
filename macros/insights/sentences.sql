{#- Numbers in the sentences of scorecards. -#}

{% macro shown_share(share) -%}
    {#-
    A share as percent.

    Arguments: share (SQL expression, decimal). Returns: SQL expression, text such as 12.5 %.
    -#}
    {{ shown_number('100 * ' ~ share, 1) }} || ' %'
{%- endmacro %}


{% macro shown_number(number, digits) -%}
    {#-
    A number with so many decimals.

    Arguments: number (SQL expression, decimal), digits (whole number, Jinja). Returns: SQL expression, text.
    -#}
    cast(cast({{ number }} as decimal(38, {{ digits }})) as {{ dbt.type_string() }})
{%- endmacro %}
