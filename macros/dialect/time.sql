{#- Calendar arithmetic that differs between engines. Each macro takes SQL expressions and returns one. -#}

{% macro local_day(utc, time_zone=none) %}
    {#-
    The day that a UTC time falls on in a time zone.

    Arguments: utc (SQL expression, timestamp in UTC), time_zone (text; the reporting time zone, var
    `reporting_time_zone`, where none is given).
    Returns: SQL expression, date.
    -#}
    {{- return(adapter.dispatch('local_day', 'shop_segments')(utc, time_zone or setting('reporting_time_zone'))) -}}
{% endmacro %}

{% macro default__local_day(utc, time_zone) -%}
    cast(timezone('{{ time_zone }}', timezone('UTC', {{ utc }})) as date)
{%- endmacro %}

{% macro spark__local_day(utc, time_zone) -%}
    cast(from_utc_timestamp({{ utc }}, '{{ time_zone }}') as date)
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

{% macro spark__add_days(day, days) -%}
    date_add({{ day }}, cast({{ days }} as integer))
{%- endmacro %}


{% macro add_months(day, months) %}
    {#-
    The same day some calendar months later, clamped at the month's end.

    Arguments: day (SQL expression, date), months (SQL expression, whole number, may be negative).
    Returns: SQL expression, date.
    -#}
    {{- return(adapter.dispatch('add_months', 'shop_segments')(day, months)) -}}
{% endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + cast({{ months }} as integer) * interval '1' month as date)
{%- endmacro %}

{% macro spark__add_months(day, months) -%}
    add_months({{ day }}, cast({{ months }} as integer))
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

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
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

{% macro postgres__microseconds_between(earlier, later) -%}
    cast(extract(epoch from {{ later }} - {{ earlier }}) * 1000000 as bigint)
{%- endmacro %}

{% macro spark__microseconds_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }}))
{%- endmacro %}
