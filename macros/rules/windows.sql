{#-
When a day leaves a window that ends on the as-of date and moves on with it. "Last n days" holds the days
d with D - n < d <= D; "last n months" those with D - n calendar months < d <= D, where going back clamps
at the month's end.
-#}

{% macro leaves_days(day, days) -%}
    {#-
    The first as-of date on which a day is no longer among the last `days` days.

    Arguments: day (SQL expression, date), days (whole number).
    Returns: SQL expression, date, null where the day is null.
    -#}
    {{ add_days(day, days) }}
{%- endmacro %}


{% macro leaves_months(day, months) -%}
    {#-
    The first as-of date on which a day is no longer among the last `months` months. That is the same day of a later
    month; where that month is too short, the first of the month after.

    Arguments: day (SQL expression, date), months (whole number).
    Returns: SQL expression, date, null where the day is null.
    -#}
    greatest(
        {{ add_months(day, months) }},
        {{ add_days(add_months(add_days(day, -1), months), 1) }}
    )
{%- endmacro %}
