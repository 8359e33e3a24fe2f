{#- Reading values as types without ever failing: what does not read becomes null. -#}

{% macro parse_timestamp(raw) %}
    {#-
    An ISO 8601 date or time as a UTC timestamp: `YYYY-MM-DD`, or with `HH:MM[:SS[.fraction]]` after a
    `T` or one space and an optional `Z` or offset. Without an offset it is UTC already.

    Arguments: raw (SQL expression: text, or a timestamp in UTC).
    Returns: SQL expression, timestamp in UTC to the microsecond, or null where it does not read.
    -#}
    {{- return(adapter.dispatch('parse_timestamp', 'shop_segments')(raw)) -}}
{% endmacro %}

{% macro default__parse_timestamp(raw) -%}
    {%- set year = '([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)' -%}
    {%- set day = year ~ '-[0-9]{2}-[0-9]{2}' -%}
    {%- set clock = '[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?' -%}
    {%- set offset = ' ?[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?' -%}
    {%- set text = trimmed(raw) -%}
    case
        when typeof({{ raw }}) = 'TIMESTAMP' then try_cast({{ raw }} as timestamp)
        when regexp_full_match({{ text }}, '{{ day }}({{ clock }}( ?Z)?)?')
            then try_cast({{ text }} as timestamp)
        -- a cast to timestamp would drop the offset
        when regexp_full_match({{ text }}, '{{ day }}{{ clock }}{{ offset }}')
            then timezone(
                'UTC', try_cast(regexp_replace({{ text }}, ' ([+-])', '\1') as timestamptz)
            )
    end
{%- endmacro %}


{% macro parse_number(raw, integer_digits, decimals) %}
    {#-
    A plain decimal number (sign, digits, one point; no exponent, no grouping), rounded half away from
    zero to the decimals kept.

    Arguments: raw (SQL expression, trimmed text), integer_digits (most digits before the point), decimals
    (digits kept after it).
    Returns: SQL expression, decimal(integer_digits + decimals, decimals), or null where it does not read.
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


{% macro parse_boolean(raw) -%}
    {#-
    Yes or no, in the spellings that extract tools write.

    Arguments: raw (SQL expression, trimmed text).
    Returns: SQL expression, boolean, or null where it does not read.
    -#}
    case
        when lower({{ raw }}) in ('true', 't', 'yes', 'y', '1') then true
        when lower({{ raw }}) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}
