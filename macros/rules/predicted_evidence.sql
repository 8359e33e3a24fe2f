{% macro predicted_evidence(number) -%}
    {#-
    A prediction as the evidence of a segment, rounded half up; by way of a longer decimal, as each engine would
    otherwise round a double just below a half differently.

    Arguments: number (SQL expression, 64-bit floating number).
    Returns: SQL expression, decimal(18,4).
    -#}
    cast(cast({{ at_most(number, 99999999999999) }} as decimal(38, 12)) as decimal(18, 4))
{%- endmacro %}
