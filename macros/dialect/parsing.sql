{#- Reading values as types without ever failing: what can't be read becomes null. -#}

{% macro is_typed_time(raw) -%}
    {#-
    Whether a raw time came as a timestamp rather than as text, which only DuckDB leaves as it is.

    Arguments: raw (SQL expression: text or timestamp).
    Returns: SQL condition.
    -#}
    {{- return(adapter.dispatch('is_typed_time', 'shop_segments')(raw)) -}}
{%- endmacro %}

{% macro default__is_typed_time(raw) -%}
    typeof({{ raw }}) = 'TIMESTAMP'
{%- endmacro %}

{% macro postgres__is_typed_time(raw) -%}
    false
{%- endmacro %}

{% macro spark__is_typed_time(raw) -%}
    false
{%- endmacro %}


{% macro parse_timestamp(raw, time_zone='UTC', text=none) %}
    {#-
    An ISO 8601 date or time as a UTC timestamp: `YYYY-MM-DD`, or with `HH:MM[:SS[.fraction]]` after a
    `T` or one space and an optional `Z` or offset. Without an offset it is in a time zone. Only times from the year 2
    to 9999 read, so that every local day can be shown.

    Arguments: raw (SQL expression: text or timestamp), time_zone (text; of times without an offset), text (SQL
    expression, raw as trimmed text; where it is given, a timestamp may have none).
    Returns: SQL expression, timestamp in UTC to the microsecond, or null where it can't be read.
    -#}
    {%- set before = "cast('0001-12-31 23:59:59.999999' as timestamp)" -%}
    {%- set beyond = "(cast('9999-12-31 23:59:59' as timestamp) + interval '1' second)" -%}
    {%- set parsed = adapter.dispatch('parse_timestamp', 'shop_segments')(raw, time_zone, text or trimmed(raw)) -%}
    {#- each written once: the text of a time is long -#}
    {%- set cut = 'least(greatest(' ~ parsed ~ ', ' ~ before ~ '), ' ~ beyond ~ ')' -%}
    {%- do return('nullif(nullif(' ~ cut ~ ', ' ~ before ~ '), ' ~ beyond ~ ')') -%}
{% endmacro %}

{% macro default__parse_timestamp(raw, time_zone, text) -%}
    {%- set year = '([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)' -%}
    {%- set day = year ~ '-[0-9]{2}-[0-9]{2}' -%}
    {%- set clock = '[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?' -%}
    {%- set offset = ' ?[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?' -%}
    case
        when {{ is_typed_time(raw) }}
            then {{ utc_time('try_cast(' ~ raw ~ ' as timestamp)', time_zone) }}
        {%- if time_zone == 'UTC' %}
        when regexp_full_match({{ text }}, '{{ day }}({{ clock }}( ?Z)?)?')
            then try_cast({{ text }} as timestamp)
        {%- else %}
        when regexp_full_match({{ text }}, '{{ day }}({{ clock }})?')
            then {{ utc_time('try_cast(' ~ text ~ ' as timestamp)', time_zone) }}
        when regexp_full_match({{ text }}, '{{ day }}{{ clock }} ?Z')
            then try_cast({{ text }} as timestamp)
        {%- endif %}
        -- a cast to timestamp would drop the offset
        when regexp_full_match({{ text }}, '{{ day }}{{ clock }}{{ offset }}')
            then timezone(
                'UTC', try_cast(regexp_replace({{ text }}, ' ([+-])', '\1') as timestamptz)
            )
    end
{%- endmacro %}

{% macro postgres__parse_timestamp(raw, time_zone, text) -%}
    {#- a failing cast stops the statement, so everything that a cast would refuse is ruled out first -#}
    {%- set day = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set minute = '[T ]([01][0-9]|2[0-3]):[0-5][0-9]' -%}
    {%- set offset = ' ?[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?' -%}
    case
        when {{ is_no_day(text) }} then null
        when {{ text }} ~ '^{{ day }}({{ minute }}(:[0-5][0-9]([.][0-9]{1,6})?)?)?$'
            then {{ utc_time('cast(' ~ text ~ ' as timestamp)', time_zone) }}
        -- without an offset a cast ignores the Z
        when {{ text }} ~ '^{{ day }}{{ minute }}(:[0-5][0-9]([.][0-9]{1,6})?)? ?Z$'
            then cast({{ text }} as timestamp)
        when {{ text }} ~ '^{{ day }}{{ minute }}(:[0-5][0-9]([.][0-9]{1,6})?)?{{ offset }}$'
            then timezone('UTC', cast({{ text }} as timestamptz))
        -- a cast would round anything finer than a microsecond
        when {{ text }} ~ '^{{ day }}{{ minute }}:[0-5][0-9][.][0-9]{7,9}$'
            then {{ utc_time('cast(substr(' ~ text ~ ', 1, 26) as timestamp)', time_zone) }}
        when {{ text }} ~ '^{{ day }}{{ minute }}:[0-5][0-9][.][0-9]{7,9}( ?Z|{{ offset }})$'
            then timezone(
                'UTC',
                cast(
                    substr({{ text }}, 1, 26)
                    || coalesce(substring({{ text }} from '[+-][0-9:]+$'), 'Z') as timestamptz
                )
            )
    end
{%- endmacro %}


{% macro is_no_day(text) -%}
    {#-
    Whether a text that begins like a day (YYYY-MM-DD) begins with one that does not exist.

    Arguments: text (SQL expression).
    Returns: SQL condition; true also of the year 0000.
    -#}
    {%- set year = 'cast(substr(' ~ text ~ ', 1, 4) as integer)' -%}
    case
        when substr({{ text }}, 1, 4) = '0000' then true
        -- only the end of a month is in doubt
        when substr({{ text }}, 9, 2) < '29' then false
        when substr({{ text }}, 6, 5) in ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31') then true
        when {{ text }} ~ '^[0-9]{4}-02-29'
            then mod({{ year }}, 4) <> 0 or (mod({{ year }}, 100) = 0 and mod({{ year }}, 400) <> 0)
        else false
    end
{%- endmacro %}


{% macro spark__parse_timestamp(raw, time_zone, text) -%}
    {%- set day = '([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-[0-9]{2}-[0-9]{2}' -%}
    {%- set clock = '[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?' -%}
    {%- set offset = '([+-](?:0[0-9]|1[0-4]))(:?([0-5][0-9]))?' -%}
    {%- set local = "regexp_substr(" ~ text ~ ", '^.{10}(" ~ clock ~ ")?')" -%}
    case
        when {{ text }} rlike '^{{ day }}({{ clock }})?\\z'
            then {{ utc_time('try_cast(' ~ local ~ ' as timestamp)', time_zone) }}
        when {{ text }} rlike '^{{ day }}{{ clock }} ?Z\\z'
            then try_cast({{ local }} as timestamp)
        when {{ text }} rlike '^{{ day }}{{ clock }} ?{{ offset }}\\z'
            then try_cast(
                -- an offset right after the minutes is not accepted here
                {{ local }} || case when length({{ local }}) = 16 then ':00' else '' end || regexp_extract({{ text }}, '{{ offset }}\\z', 1) || ':'
                || coalesce(nullif(regexp_extract({{ text }}, '{{ offset }}\\z', 3), ''), '00') as timestamp
            )
    end
{%- endmacro %}


{% macro parse_number(raw, integer_digits, decimals) %}
    {#-
    A plain decimal number (sign, digits, one point; no exponent, no grouping), rounded half away from
    zero to the decimals kept.

    Arguments: raw (SQL expression, trimmed text), integer_digits (most digits before the point), decimals
    (digits kept after it).
    Returns: SQL expression, decimal(integer_digits + decimals, decimals), or null where it can't be read.
    -#}
    {{- return(adapter.dispatch('parse_number', 'shop_segments')(raw, integer_digits, decimals)) -}}
{% endmacro %}

{% macro default__parse_number(raw, integer_digits, decimals) -%}
    case
        when regexp_full_match(
            {{ raw }}, '[+-]?(0*[0-9]{1,{{ integer_digits }}}([.][0-9]*)?|[.][0-9]+)'
        )
            then try_cast(
                {{ raw }} as decimal({{ integer_digits + decimals }}, {{ decimals }})
            )
    end
{%- endmacro %}

{% macro postgres__parse_number(raw, integer_digits, decimals) -%}
    {%- set number = 'round(cast(' ~ raw ~ ' as numeric), ' ~ decimals ~ ')' -%}
    case
        when {{ raw }} ~ '^[+-]?(0*[0-9]{1,{{ integer_digits }}}([.][0-9]*)?|[.][0-9]+)$'
            then case
                -- rounding up may need one more digit
                when abs({{ number }}) < {{ 10 ** integer_digits }}
                    then cast({{ number }} as decimal({{ integer_digits + decimals }}, {{ decimals }}))
            end
    end
{%- endmacro %}

{% macro spark__parse_number(raw, integer_digits, decimals) -%}
    case
        when {{ raw }} rlike '^[+-]?(0*[0-9]{1,{{ integer_digits }}}([.][0-9]*)?|[.][0-9]+)\\z'
            then try_cast({{ raw }} as decimal({{ integer_digits + decimals }}, {{ decimals }}))
    end
{%- endmacro %}


{% macro is_plain_number(raw) %}
    {#-
    Whether a text is a number as `parse_number` knows it, however long.

    Arguments: raw (SQL expression, trimmed text).
    Returns: SQL condition.
    -#}
    {{- return(adapter.dispatch('is_plain_number', 'shop_segments')(raw, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)')) -}}
{% endmacro %}

{% macro default__is_plain_number(raw, pattern) -%}
    regexp_full_match({{ raw }}, '{{ pattern }}')
{%- endmacro %}

{% macro postgres__is_plain_number(raw, pattern) -%}
    {{ raw }} ~ '^{{ pattern }}$'
{%- endmacro %}

{% macro spark__is_plain_number(raw, pattern) -%}
    {{ raw }} rlike '^{{ pattern }}\\z'
{%- endmacro %}


{% macro parse_boolean(raw) -%}
    {#-
    Yes or no, in the spellings that extract tools write.

    Arguments: raw (SQL expression, trimmed text).
    Returns: SQL expression, boolean, or null where it can't be read.
    -#}
    case
        when lower({{ raw }}) in ('true', 't', 'yes', 'y', '1') then true
        when lower({{ raw }}) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}


{% macro micros_as_text(micros) %}
    {#-
    Arguments: micros (SQL expression, microseconds since 1970 in UTC, as text).
    Returns: SQL expression, the time as text with its offset, or what came where it is no whole number.
    -#}
    {{- return(adapter.dispatch('micros_as_text', 'shop_segments')(micros)) -}}
{% endmacro %}

{% macro default__micros_as_text(micros) -%}
    coalesce(cast(make_timestamp(try_cast({{ micros }} as bigint)) as varchar) || 'Z', {{ micros }})
{%- endmacro %}

{% macro postgres__micros_as_text(micros) -%}
    case
        when {{ micros }} ~ '^[0-9]{1,17}$'
            then cast(timestamp '1970-01-01' + cast({{ micros }} as bigint) * interval '1 microsecond' as text) || 'Z'
        else {{ micros }}
    end
{%- endmacro %}

{% macro spark__micros_as_text(micros) -%}
    coalesce(cast(timestamp_micros(try_cast({{ micros }} as bigint)) as string) || 'Z', {{ micros }})
{%- endmacro %}
