{% test row_count_is(model, rows) %}
    {#-
    The table has exactly this many rows.

    Arguments: rows (whole number).
    Returns: one row with the count where it differs.
    -#}
    with counts as (
        select count(*) as row_count
        from {{ model }}
    )

    select *
    from counts
    where row_count <> {{ rows }}
{% endtest %}
