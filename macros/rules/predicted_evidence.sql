{% macro predicted_evidence(number) -%}
    {#-
    A prediction as the evidence of a segment, rounded half up; by way of a longer decimal, as a double just
    below a half would else be rounded otherwise on each engine.

    Arguments: number (SQL expression, 64-bit floating number).
    Returns: SQL expression, decimal(18,4).
    -#}
    cast(cast({{ number }} as decimal(38, 12)) as decimal(18, 4))
{%- endmacro %}
