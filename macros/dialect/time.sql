{#- Calendar arithmetic that differs between engines. Each macro takes SQL expressions and returns one. -#}

{% macro local_day(utc) %}
    {#-
    The day that a UTC time falls on in the reporting time zone (var `reporting_time_zone`).

    Arguments: utc (SQL expression, timestamp in UTC).
    Returns: SQL expression, date.
    -#}
    {{- return(adapter.dispatch('local_day', 'shop_segments')(utc)) -}}
{% endmacro %}

{% macro default__local_day(utc) -%}
    cast(timezone('{{ setting("reporting_time_zone") }}', timezone('UTC', {{ utc }})) as date)
{%- endmacro %}


{% macro add_days(day, days) %}
    {#-
    A day some days later.

    Arguments: day (SQL expression, date), days (SQL expression, whole number, may be negative).
    Returns: SQL expression, date.
    -#}
    {{- return(adapter.dispatch('add_days', 'shop_segments')(day, days)) -}}
{% endmacro %}

{% macro default__add_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}


{% macro add_months(day, months) %}
    {#-
    The same day some calendar months later, clamped at the month's end.

    Arguments: day (SQL expression, date), months (whole number, may be negative).
    Returns: SQL expression, date.
    -#}
    {{- return(adapter.dispatch('add_months', 'shop_segments')(day, months)) -}}
{% endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + interval '{{ months }}' month as date)
{%- endmacro %}


{% macro days_between(earlier, later) %}
    {#-
    Whole days from one day to another.

    Arguments: earlier, later (SQL expressions, dates).
    Returns: SQL expression, integer, negative where `later` is the earlier one.
    -#}
    {{- return(adapter.dispatch('days_between', 'shop_segments')(earlier, later)) -}}
{% endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast({{ later }} - {{ earlier }} as integer)
{%- endmacro %}


{% macro microseconds_between(earlier, later) %}
    {#-
    Time from one timestamp to another.

    Arguments: earlier, later (SQL expressions, timestamps).
    Returns: SQL expression, bigint, microseconds.
    -#}
    {{- return(adapter.dispatch('microseconds_between', 'shop_segments')(earlier, later)) -}}
{% endmacro %}

{% macro default__microseconds_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }}))
{%- endmacro %}
