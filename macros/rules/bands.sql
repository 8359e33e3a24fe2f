{#- Bands of whole numbers: from 0 to below the first step, from each step to below the next, and beyond. -#}

{% macro band_of(number, steps) -%}
    {#-
    The name of the band that a number is in, such as 0-29, 30-89 or 90+.

    Arguments: number (SQL expression, whole number, not negative), steps (list of whole numbers, ascending:
    where each band but the first begins).
    Returns: SQL expression, text, null where the number is null.
    -#}
    case
    {%- for step in steps %}
        when {{ number }} < {{ step }} then '{{ 0 if loop.first else loop.previtem }}-{{ step - 1 }}'
    {%- endfor %}
        when {{ number }} >= {{ steps | last }} then '{{ steps | last }}+'
    end
{%- endmacro %}


{% macro next_band(number, steps) -%}
    {#-
    Where the band after the one that a number is in begins.

    Arguments: as `band_of`.
    Returns: SQL expression, whole number, null in the last band and where the number is null.
    -#}
    case
    {%- for step in steps %}
        when {{ number }} < {{ step }} then {{ step }}
    {%- endfor %}
    end
{%- endmacro %}
