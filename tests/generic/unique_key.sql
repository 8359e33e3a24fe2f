{% test unique_key(model, columns) %}
    {#-
    The columns name every row exactly once: none of them is null, and no two rows share their values.

    Arguments: columns (list of column names).
    Returns: one row per offending key, with how often it occurs.
    -#}
    select
        {{ columns | join(', ') }},
        count(*) as occurrences
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        or {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
