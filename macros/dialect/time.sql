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


{% macro utc_time(local, time_zone) %}
    {#-
    The UTC time of a clock in a time zone. In the hour that comes twice it is the first; a time that is skipped is
    read as if the clock had not been put forward yet.

    Arguments: local (SQL expression, timestamp), time_zone (text).
    Returns: SQL expression, timestamp.
    -#}
    {%- if time_zone == 'UTC' -%}{%- do return(local) -%}{%- endif -%}
    {{- return(adapter.dispatch('utc_time', 'shop_segments')(local, time_zone)) -}}
{% endmacro %}

{% macro default__utc_time(local, time_zone) -%}
    {#- the engine takes the second of two; the first is what yesterday's offset gives, if a clock then shows this time -#}
    {%- set second = "timezone('UTC', timezone('" ~ time_zone ~ "', " ~ local ~ '))' -%}
    {%- set day_before = '(' ~ second ~ " - interval '1 day')" -%}
    {%- set clock_before = "timezone('" ~ time_zone ~ "', timezone('UTC', " ~ day_before ~ '))' -%}
    {%- set first = '(' ~ local ~ ' - (' ~ clock_before ~ ' - ' ~ day_before ~ '))' -%}
    case
        when timezone('{{ time_zone }}', timezone('UTC', {{ first }})) = {{ local }} then {{ first }}
        else {{ second }}
    end
{%- endmacro %}

{% macro spark__utc_time(local, time_zone) -%}
    to_utc_timestamp({{ local }}, '{{ time_zone }}')
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


{% macro weekday(day) %}
    {#-
    The day of the week, as ISO 8601 counts it.

    Arguments: day (SQL expression, date).
    Returns: SQL expression, integer, 1 for Monday to 7 for Sunday.
    -#}
    {{- return(adapter.dispatch('weekday', 'shop_segments')(day)) -}}
{% endmacro %}

{% macro default__weekday(day) -%}
    cast(extract(isodow from {{ day }}) as integer)
{%- endmacro %}

{% macro spark__weekday(day) -%}
    (weekday({{ day }}) + 1)
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


{% macro is_sunday(day) -%}
    {#-
    Arguments: day (SQL expression, date).
    Returns: SQL condition.
    -#}
    {#- 4 January 1970 was one -#}
    mod({{ days_between("cast('1970-01-04' as date)", day) }}, 7) = 0
{%- endmacro %}
