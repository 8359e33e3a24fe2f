{#- For the recounts of campaigns. -#}

{% macro recounted_score_limit(part, whole, sign) -%}
    {#-
    A limit of Wilson's interval of a share p, that of effect_interval_z (z): with n for the whole and x for the part, a
    root of (n + z²) p² - (2x + z²) p + x² ÷ n (Newcombe, Statistics in Medicine 17, 1998, method 3).

    Arguments: part, whole (SQL expressions, whole numbers), sign ('-' for the lower limit, '+' for the upper one).
    Returns: SQL expression, 64-bit floating number, null where the whole is 0.
    -#}
    {%- set x, n = as_double(part), as_double('nullif(' ~ whole ~ ', 0)') -%}
    {%- set z2 = 'power(' ~ floating(setting('effect_interval_z')) ~ ', 2)' -%}
    {%- set a, b = '(' ~ n ~ ' + ' ~ z2 ~ ')', '(2 * ' ~ x ~ ' + ' ~ z2 ~ ')' -%}
    ({{ b }} {{ sign }} sqrt(power({{ b }}, 2) - 4 * {{ a }} * power({{ x }}, 2) / {{ n }})) / (2 * {{ a }})
{%- endmacro %}
