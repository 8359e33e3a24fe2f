{#- Aggregates that differ between engines. -#}

{% macro value_at_first(value, order_by) %}
    {#-
    The value of a group's first row, null where that row has none.

    Arguments: value (SQL expression), order_by (list of SQL expressions, ascending, never null,
    a total order of the group's rows).
    Returns: SQL aggregate of the value's type.
    -#}
    {{- return(adapter.dispatch('value_at_first', 'shop_segments')(value, order_by)) -}}
{% endmacro %}

{% macro default__value_at_first(value, order_by) -%}
    arg_min_null({{ value }}, row({{ order_by | join(', ') }}))
{%- endmacro %}


{% macro first_known_value(value, order_by) %}
    {#-
    The first non-null value of a group, null where there is none.

    Arguments: value (SQL expression), order_by (SQL expression, ascending, never null, distinct
    within the group).
    Returns: SQL aggregate of the value's type.
    -#}
    {{- return(adapter.dispatch('first_known_value', 'shop_segments')(value, order_by)) -}}
{% endmacro %}

{% macro default__first_known_value(value, order_by) -%}
    arg_min({{ value }}, {{ order_by }})
{%- endmacro %}


{% macro inline_cte() %}
    {#-
    What stands between `as` and the bracket of a CTE that is read more than once, but must not be
    written to memory as a whole.

    Returns: SQL keywords, or nothing.
    -#}
    {{- return(adapter.dispatch('inline_cte', 'shop_segments')()) -}}
{% endmacro %}

{% macro default__inline_cte() -%}
    not materialized
{%- endmacro %}


{% macro ceiling_of_ratio(numerator, denominator) -%}
    {#-
    A ratio rounded up to a whole number, exactly: the floor of the floating ratio can be off by one only
    next to a whole number, and the multiplication back decides there.

    Arguments: numerator (SQL expression, whole number or decimal, not negative), denominator (likewise,
    above 0).
    Returns: SQL expression, bigint.
    -#}
    {%- set floored -%}
        cast(floor(cast({{ numerator }} as double precision) / {{ denominator }}) as bigint)
    {%- endset -%}
    ({{ floored }} + case when {{ floored }} * {{ denominator }} < {{ numerator }} then 1 else 0 end)
{%- endmacro %}


{% macro last_known_value(value, order_by) %}
    {#-
    The last non-null value of a group, null where there is none.

    Arguments: value (SQL expression), order_by (list of SQL expressions, ascending, never null,
    a total order of the group's rows).
    Returns: SQL aggregate of the value's type.
    -#}
    {{- return(adapter.dispatch('last_known_value', 'shop_segments')(value, order_by)) -}}
{% endmacro %}

{% macro default__last_known_value(value, order_by) -%}
    arg_max({{ value }}, row({{ order_by | join(', ') }}))
{%- endmacro %}


{% macro rounded_ratio(numerator, denominator) -%}
    {#-
    A ratio rounded half up to 4 decimals, exactly. A floating quotient would round some halves down and
    differ between engines; here it only proposes, and the multiplication back decides.

    Arguments: numerator (SQL expression, whole number or decimal, not negative), denominator (whole number
    or decimal, above 0, or null).
    Returns: SQL expression, decimal(18,4), null where the denominator is null.
    -#}
    {%- set doubled = '(cast(20000 as bigint) * ' ~ numerator ~ ' + ' ~ denominator ~ ')' -%}
    {%- set floored -%}
        cast(floor(cast({{ doubled }} as double precision) / (2 * {{ denominator }})) as bigint)
    {%- endset -%}
    cast(
        cast(0.0001 as decimal(5, 4)) * (
            {{ floored }} + case
                when ({{ floored }} + 1) * 2 * {{ denominator }} <= {{ doubled }} then 1
                when {{ floored }} * 2 * {{ denominator }} > {{ doubled }} then -1
                else 0
            end
        ) as decimal(18, 4)
    )
{%- endmacro %}
