{#-
Ratios of whole numbers or decimals, rounded exactly. A floating quotient only proposes, and the multiplication back
decides: of the three engines DuckDB has no exact whole division of decimals (its `//` is a double).
-#}

{% macro rounded_ratio(numerator, denominator) -%}
    {#-
    A ratio rounded half up to 4 decimals, exactly.

    Arguments: numerator (SQL expression, whole number or decimal, not negative), denominator (whole number
    or decimal, above 0, or null).
    Returns: SQL expression, decimal(18,4), null where the denominator is null.
    -#}
    {%- set doubled = '(cast(20000 as bigint) * ' ~ numerator ~ ' + ' ~ denominator ~ ')' -%}
    {%- set floored -%}
        cast(floor(cast({{ doubled }} as {{ double_type() }}) / 2 / {{ denominator }}) as bigint)
    {%- endset -%}
    cast(
        cast(0.0001 as decimal(5, 4)) * (
            {{ floored }} + case
                when ({{ floored }} + 1) * 2 * {{ denominator }} <= {{ doubled }} then 1
                when {{ floored }} * 2 * {{ denominator }} > {{ doubled }} then -1
                else 0
            end
        ) as decimal(18, 4)
    )
{%- endmacro %}


{% macro ceiling_of_ratio(numerator, denominator) -%}
    {#-
    A ratio rounded up to a whole number, exactly.

    Arguments: numerator (SQL expression, whole number or decimal, not negative), denominator (likewise,
    above 0).
    Returns: SQL expression, bigint.
    -#}
    {%- set floored -%}
        cast(floor(cast({{ numerator }} as {{ double_type() }}) / {{ denominator }}) as bigint)
    {%- endset -%}
    ({{ floored }} + case when {{ floored }} * {{ denominator }} < {{ numerator }} then 1 else 0 end)
{%- endmacro %}
