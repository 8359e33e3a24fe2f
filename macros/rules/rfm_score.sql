{#- Scores from 1 (worst) to 5 (best), as the seed `rfm_map` knows them. -#}

{% macro rfm_score_by_rank(worse, buyers, equal) -%}
    {#-
    1 + the whole fifths of the buyers whose value is worse; 3 where all are equal, which says nothing of anybody.

    Arguments: worse (SQL expression, number of buyers with a strictly worse value), buyers (SQL expression,
    number of all), equal (SQL condition, whether all buyers have the same value).
    Returns: SQL expression, whole number.
    -#}
    (case when {{ equal }} then 3 else 1
    {%- for fifths in range(1, 5) %} + case when 5 * {{ worse }} >= {{ fifths }} * {{ buyers }} then 1 else 0 end
    {%- endfor %} end)
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
