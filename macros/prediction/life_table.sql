{% macro life_table_classes() -%}
    {#- Returns: list of the number of purchases with which each class of buyers begins. -#}
    {%- do return([1] + setting('life_table_class_purchases')) -%}
{%- endmacro %}


{% macro life_table_bands() -%}
    {#- Returns: list of the days of silence with which each band begins. -#}
    {%- do return([0] + setting('life_table_band_days')) -%}
{%- endmacro %}


{% macro last_start(number, starts) -%}
    {#-
    Arguments: number (SQL expression, at least the first start), starts (list of ascending numbers).
    Returns: SQL expression, the last start that the number has reached.
    -#}
    case
        {%- for start in starts[1:] | reverse %}
        when {{ number }} >= {{ start }} then {{ start }}
        {%- endfor %}
        else {{ starts[0] }}
    end
{%- endmacro %}


{% macro range_of_numbers(first, last) -%}
    {#-
    Arguments: first, last (SQL expressions, whole numbers; no last: without an end).
    Returns: SQL expression, text such as 3-4, 2 or 20+.
    -#}
    case
        when {{ first }} = {{ last }} then cast({{ first }} as {{ dbt.type_string() }})
        else cast({{ first }} as {{ dbt.type_string() }})
            || coalesce('-' || cast({{ last }} as {{ dbt.type_string() }}), '+')
    end
{%- endmacro %}
