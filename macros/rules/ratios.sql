{#-
Ratios of whole numbers or decimals, rounded exactly. A floating quotient only proposes, and the multiplication back
decides: of the three engines DuckDB has no exact whole division of decimals (its `//` is a double).
-#}

{% macro rounded_ratio(numerator, denominator) -%}
    {#-
    A ratio rounded half up to 4 decimals, exactly.

    Arguments: numerator (SQL expression, whole number or decimal, not negative), denominator (whole number
    or decimal, above 0, or null).
    Returns: SQL expression, decimal(18,4), null where the denominator is null; a ratio with more digits than that
    shows as the greatest.
    -#}
    {%- set doubled = '(cast(20000 as bigint) * ' ~ numerator ~ ' + ' ~ denominator ~ ')' -%}
    {%- set nearly -%}
        cast(floor(cast({{ doubled }} as {{ double_type() }}) / 2 / {{ denominator }}) as bigint)
    {%- endset -%}
    {#- a double holds no 18 digits: what the first division lacks, a second one finds -#}
    {%- set floored -%}
        ({{ nearly }} + cast(floor(
            cast({{ doubled }} - {{ nearly }} * 2 * {{ denominator }} as {{ double_type() }}) / 2 / {{ denominator }}
        ) as bigint))
    {%- endset -%}
    case
        when cast({{ numerator }} as {{ double_type() }})
            >= 99999999999999 * cast({{ denominator }} as {{ double_type() }}) then 99999999999999.9999
        else cast(
            cast(0.0001 as decimal(5, 4)) * (
                {{ floored }} + case
                    when ({{ floored }} + 1) * 2 * {{ denominator }} <= {{ doubled }} then 1
                    when {{ floored }} * 2 * {{ denominator }} > {{ doubled }} then -1
                    else 0
                end
            ) as decimal(18, 4)
        )
    end
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
