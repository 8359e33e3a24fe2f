{% macro variance(number, total, squares) -%}
    {#-
    The variance (÷ n) of values from their sums, in doubles; 0 where it is as small as what is lost in them.

    Arguments: number (SQL expression, how many, or null), total (their sum), squares (the sum of their squares).
    Returns: SQL expression, 64-bit floating number, null where there are none.
    -#}
    {%- set of_squares = squares ~ ' / ' ~ number -%}
    {%- set of_mean = total ~ ' / ' ~ number ~ ' * ' ~ total ~ ' / ' ~ number -%}
    case
        when {{ of_squares }} - {{ of_mean }} > 1e-9 * {{ of_squares }}
            then {{ of_squares }} - {{ of_mean }}
        when {{ number }} > 0 then 0
    end
{%- endmacro %}
