{% macro reporting_amount(amount, rate) -%}
    {#-
    An amount in the reporting currency: converted, then rounded half up to 4 decimals.

    Arguments: amount (SQL expression, decimal in the order's currency), rate (SQL expression, decimal,
    reporting currency per unit).
    Returns: SQL expression, decimal(18,4).
    -#}
    cast(round({{ amount }} * {{ rate }}, 4) as decimal(18, 4))
{%- endmacro %}
