{% macro clock() %}
    {#-
    The project's only clock: when this run began.

    Returns: datetime in UTC (Jinja object, not SQL).
    -#}
    {{- return(run_started_at.astimezone(modules.pytz.utc)) -}}
{% endmacro %}


{% macro loaded_until() -%}
    {#-
    The time after which a raw row is in the future: var `loaded_until`, or one day after the clock.

    Returns: SQL expression, timestamp in UTC.
    -#}
    {%- set until = var('loaded_until') | string
        or (clock() + modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d %H:%M:%S') -%}
    cast('{{ until }}' as timestamp)
{%- endmacro %}


{% macro moment() %}
    {#-
    Numbers loads: greater in every run than in any before.

    Returns: whole number, microseconds of the run's clock; 0 while dbt parses.
    -#}
    {%- do return((clock().timestamp() * 1000000) | int if execute else 0) -%}
{% endmacro %}


{% macro built_at() -%}
    {#-
    When what this build tells others became known: one day before `loaded_until`, which is when the run began unless
    that var is set.

    Returns: SQL expression, timestamp in UTC, to the second.
    -#}
    {{ loaded_until() }} - interval '1' day
{%- endmacro %}
