{#- Calendar months of local days, each named by its first day. -#}

{% macro first_of_month(day) -%}
    {#-
    The first day of a day's month.

    Arguments: day (SQL expression, date).
    Returns: SQL expression, date.
    -#}
    {{ add_days(day, '1 - extract(day from ' ~ day ~ ')') }}
{%- endmacro %}


{% macro months_between(earlier, later) -%}
    {#-
    Calendar months from one month to another.

    Arguments: earlier, later (SQL expressions, dates).
    Returns: SQL expression, integer.
    -#}
    cast(
        12 * (extract(year from {{ later }}) - extract(year from {{ earlier }}))
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
        as integer
    )
{%- endmacro %}
