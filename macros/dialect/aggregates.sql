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

{% macro postgres__value_at_first(value, order_by) -%}
    (array_agg({{ value }} order by {{ order_by | join(', ') }}))[1]
{%- endmacro %}

{% macro spark__value_at_first(value, order_by) -%}
    min_by({{ value }}, struct({{ order_by | join(', ') }}))
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

{% macro postgres__first_known_value(value, order_by) -%}
    (array_agg({{ value }} order by {{ order_by }}) filter (where {{ value }} is not null))[1]
{%- endmacro %}

{% macro spark__first_known_value(value, order_by) -%}
    min_by({{ value }}, {{ order_by }}) filter (where {{ value }} is not null)
{%- endmacro %}


{% macro inline_cte() %}
    {#-
    What goes between `as` and the bracket of a CTE that is read more than once, but must not be
    written to memory as a whole.

    Returns: SQL keywords, or nothing.
    -#}
    {{- return(adapter.dispatch('inline_cte', 'shop_segments')()) -}}
{% endmacro %}

{% macro duckdb__inline_cte() -%}
    not materialized
{%- endmacro %}

{% macro default__inline_cte() -%}{%- endmacro %}


{% macro computed_cte() %}
    {#-
    What goes between `as` and the bracket of a CTE whose columns are expensive to compute and read more than once.

    Returns: SQL keywords, or nothing.
    -#}
    {{- return(adapter.dispatch('computed_cte', 'shop_segments')()) -}}
{% endmacro %}

{% macro default__computed_cte() -%}
    {#- DuckDB computes an expression once, however often it is written -#}
    not materialized
{%- endmacro %}

{% macro postgres__computed_cte() -%}
    materialized
{%- endmacro %}

{% macro spark__computed_cte() -%}{%- endmacro %}


{% macro double_type() %}
    {#- Returns: the name of the 64-bit floating type. -#}
    {{- return(adapter.dispatch('double_type', 'shop_segments')()) -}}
{% endmacro %}

{% macro default__double_type() -%}
    double precision
{%- endmacro %}

{% macro spark__double_type() -%}
    double
{%- endmacro %}


{% macro last_known_value(value, order_by) %}
    {#-
    The last non-null value of a group, null where there is none.

    Arguments: value (SQL expression), order_by (list of SQL expressions, ascending, null at
    most where the value is, a total order of all other rows).
    Returns: SQL aggregate of the value's type.
    -#}
    {{- return(adapter.dispatch('last_known_value', 'shop_segments')(value, order_by)) -}}
{% endmacro %}

{% macro default__last_known_value(value, order_by) -%}
    arg_max({{ value }}, row({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro postgres__last_known_value(value, order_by) -%}
    {#- the first in the opposite order -#}
    {%- set newest_first = [] -%}
    {%- for expression in order_by -%}{%- do newest_first.append(expression ~ ' desc') -%}{%- endfor -%}
    (array_agg({{ value }} order by {{ newest_first | join(', ') }}) filter (where {{ value }} is not null))[1]
{%- endmacro %}

{% macro spark__last_known_value(value, order_by) -%}
    max_by({{ value }}, struct({{ order_by | join(', ') }})) filter (where {{ value }} is not null)
{%- endmacro %}


{% macro sorted_list(value) %}
    {#-
    The distinct non-null values of a group in one text, sorted byte by byte, a comma and a space between
    them; null where there is none.

    Arguments: value (SQL expression, text).
    Returns: SQL aggregate, text.
    -#}
    {{- return(adapter.dispatch('sorted_list', 'shop_segments')(value)) -}}
{% endmacro %}

{% macro default__sorted_list(value) -%}
    string_agg(distinct {{ value }}, ', ' order by {{ value }})
{%- endmacro %}

{% macro postgres__sorted_list(value) -%}
    {#- the order must be that of the distinct values -#}
    string_agg(distinct {{ byte_order(value) }}, ', ' order by {{ byte_order(value) }})
{%- endmacro %}

{% macro spark__sorted_list(value) -%}
    case when count({{ value }}) > 0 then array_join(array_sort(collect_set({{ value }})), ', ') end
{%- endmacro %}


{% macro listed(text) %}
    {#-
    A row for each entry of a list that `sorted_list` made; for the select list.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, text.
    -#}
    {{- return(adapter.dispatch('listed', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__listed(text) -%}
    unnest(string_to_array({{ text }}, ', '))
{%- endmacro %}

{% macro spark__listed(text) -%}
    explode(split({{ text }}, ', '))
{%- endmacro %}
