{% macro before_all_times() -%}
    {#-
    What stands for the time of a consent that has none: it is older than any that has one.

    Returns: SQL expression, timestamp, one that no raw time reads as.
    -#}
    cast('0001-12-31 00:00:00' as timestamp)
{%- endmacro %}


{% macro time_or_created_at(fact_at, people='people') -%}
    {#-
    When a fact was: one that has no time of its own is as old as its contact.

    Arguments: fact_at (SQL expression, timestamp, perhaps before all times), people (alias of a relation with
    created_at).
    Returns: SQL expression, timestamp.
    -#}
    coalesce(nullif({{ fact_at }}, {{ before_all_times() }}), {{ people }}.created_at)
{%- endmacro %}
