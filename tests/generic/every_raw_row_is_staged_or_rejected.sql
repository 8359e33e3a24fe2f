{% test every_raw_row_is_staged_or_rejected(model, raw, base) %}
    {#-
    Raw rows = staged rows + rejected rows, counted at both ends.

    Arguments: raw (the source), base (the base model that decided over each row); the model is the staged
    table.
    Returns: one row with the counts where they do not add up.
    -#}
    with counts as (
        select
            (select count(*) from {{ raw_rows(raw) }}) as raw_rows,
            (select count(*) from {{ model }}) as staged_rows,
            (select count(*) from {{ base }} where rejection_reason is not null) as rejected_rows
    )

    select *
    from counts
    where (raw_rows = staged_rows + rejected_rows) is not true
{% endtest %}
