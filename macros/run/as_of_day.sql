{% macro as_of_day(newest_at) -%}
    {#-
    The as-of date that var `as_of` asks for.

    Arguments: newest_at (SQL expression, UTC time of the newest staged order or event).
    Returns: SQL expression, date.
    -#}
    {%- if var('as_of') == 'latest' -%}
        {{ local_day(newest_at) }}
    {%- elif var('as_of') == 'today' -%}
        {#- the day before, as today is not complete -#}
        {%- set now = "cast('" ~ clock().strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp)" -%}
        {{ add_days(local_day(now), -1) }}
    {%- else -%}
        cast('{{ var("as_of") }}' as date)
    {%- endif -%}
{%- endmacro %}
