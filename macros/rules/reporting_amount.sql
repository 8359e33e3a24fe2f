{% macro reporting_amount(amount, rate) -%}
    {#-
    An amount in the reporting currency: converted, then rounded half up to 4 decimals.

    Arguments: amount (SQL expression, decimal in the order's currency), rate (SQL expression, decimal,
    reporting currency per unit).
    Returns: SQL expression, decimal(18,4).
    -#}
    cast(round({{ amount }} * {{ rate }}, 4) as decimal(18, 4))
{%- endmacro %}


{% macro wide_amount(amount) -%}
    {#-
    An amount with room for products and sums. DuckDB keeps the product of two numbers of up to 18 digits in 18.

    Arguments: amount (SQL expression, decimal).
    Returns: SQL expression, decimal(38,4).
    -#}
    cast({{ amount }} as decimal(38, 4))
{%- endmacro %}


{% macro evidence_of(number) -%}
    {#-
    A sum as evidence, which has 14 digits before the point: whatever is beyond shows as the greatest.

    Arguments: number (SQL expression, decimal).
    Returns: SQL expression, decimal(18,4).
    -#}
    cast({{ at_most(wide_amount(number), wide_amount('99999999999999.9999')) }} as decimal(18, 4))
{%- endmacro %}


{% macro at_most(number, limit) -%}
    {#-
    A number, or a limit where it is above it. Unlike by least(), which passes over a null, null stays null.

    Arguments: number, limit (SQL expressions).
    Returns: SQL expression, number.
    -#}
    case when {{ number }} > {{ limit }} then {{ limit }} else {{ number }} end
{%- endmacro %}
