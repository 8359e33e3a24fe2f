{#- How sure a difference of two shares is. -#}

{% macro wilson_limit(successes, trials, sign) -%}
    {#-
    An end of the score interval of a share (E. B. Wilson, Probable inference, the law of succession, and statistical
    inference, JASA 22, 1927), with as many standard errors as var effect_interval_z.

    Arguments: successes, trials (SQL expressions, whole numbers; null or 0 trials have no share), sign (`-` for the
    lower end, `+` for the upper).
    Returns: SQL expression, 64-bit floating number, null without trials.
    -#}
    {%- set x, n, z = as_double(successes), as_double('nullif(' ~ trials ~ ', 0)'), as_double(setting('effect_interval_z')) -%}
    ({{ x }} + {{ z }} * {{ z }} / 2
        {{ sign }} {{ z }} * sqrt({{ x }} * ({{ n }} - {{ x }}) / {{ n }} + {{ z }} * {{ z }} / 4))
    / ({{ n }} + {{ z }} * {{ z }})
{%- endmacro %}


{% macro difference_limit(share, other_share, limit, other_limit, sign) -%}
    {#-
    An end of the interval of a difference of two shares, in percentage points: Newcombe's hybrid of two score intervals
    (R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17,
    1998, method 10). By way of a longer decimal, as predicted_evidence.

    Arguments: share, other_share (SQL expressions, 64-bit floating numbers), limit, other_limit (of `wilson_limit`: for
    the lower end the lower one and the upper one of the other share, for the upper end the reverse), sign (`-` or `+`).
    Returns: SQL expression, decimal(18,4), null where one of the shares is.
    -#}
    cast(
        cast(
            100 * ({{ share }} - {{ other_share }} {{ sign }} sqrt(
                ({{ share }} - {{ limit }}) * ({{ share }} - {{ limit }})
                + ({{ other_limit }} - {{ other_share }}) * ({{ other_limit }} - {{ other_share }})
            )) as decimal(38, 12)
        ) as decimal(18, 4)
    )
{%- endmacro %}


{% macro double_share(successes, trials) -%}
    {#-
    Arguments: successes, trials (SQL expressions, whole numbers).
    Returns: SQL expression, 64-bit floating number, null without trials.
    -#}
    {{ as_double(successes) }} / {{ as_double('nullif(' ~ trials ~ ', 0)') }}
{%- endmacro %}


{% macro exact_share(name) -%}
    {#-
    Arguments: name (of a var, a share from 0 to 1).
    Returns: SQL expression, decimal(7,6): a share of whole numbers is judged without a float.
    -#}
    cast('{{ '%.6f' | format(setting(name)) }}' as decimal(7, 6))
{%- endmacro %}
