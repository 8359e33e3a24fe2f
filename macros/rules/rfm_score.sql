{#- Scores from 1 (worst) to 5 (best), as the seed `rfm_map` knows them. -#}

{% macro rfm_score_by_rank(worse, buyers) -%}
    {#-
    1 + the whole fifths of the buyers whose value is worse.

    Arguments: worse (SQL expression, number of buyers with a strictly worse value), buyers (SQL expression,
    number of all).
    Returns: SQL expression, whole number.
    -#}
    (1
    {%- for fifths in range(1, 5) %} + case when 5 * {{ worse }} >= {{ fifths }} * {{ buyers }} then 1 else 0 end
    {%- endfor %})
{%- endmacro %}


{% macro rfm_score_by_cut_points(number, cut_points, more_is_better=true) -%}
    {#-
    1 + the limits on whose better side a number is. A number that is a limit belongs to the numbers above
    it: the better side where more is better, else the worse one.

    Arguments: number (SQL expression), cut_points (list of four numbers, ascending), more_is_better
    (boolean).
    Returns: SQL expression, whole number.
    -#}
    (1
    {%- for cut_point in cut_points %} + case when {{ number }} {{ '>=' if more_is_better else '<' }} {{ cut_point }} then 1 else 0 end
    {%- endfor %})
{%- endmacro %}
