{% macro rows_that_differ(built, recounted, columns) -%}
    {#-
    Two relations compared both ways, as bags of rows: what one of them lacks, or holds too often.

    Arguments: built, recounted (relations or CTEs), columns (list of column names that both have; the
    key first). Nulls are equal to each other.
    Returns: SQL query, one row per differing row with how often each side holds it, so that what was
    built and what was recounted of one key stand together.
    -#}
    select
        {{ columns | join(',\n        ') }},
        sum(built_rows) as built_rows,
        sum(recounted_rows) as recounted_rows
    from (
        select
            {{ columns | join(',\n            ') }},
            1 as built_rows,
            0 as recounted_rows
        from {{ built }}
        union all
        select
            {{ columns | join(',\n            ') }},
            0 as built_rows,
            1 as recounted_rows
        from {{ recounted }}
    ) as both_sides
    group by
        {{ columns | join(',\n        ') }}
    having sum(built_rows) <> sum(recounted_rows)
    order by {{ columns[0] }}, built_rows
{%- endmacro %}


{% macro members_that_differ(segment, recounted='recounted') -%}
    {#-
    A segment table compared with its recount: members too many, members that are missing, and members
    whose evidence or dates differ.

    Arguments: segment (relation of the table), recounted (CTE with the columns of a segment table;
    evidence as decimal(18,4)).
    Returns: SQL query, as `rows_that_differ`.
    -#}
    {{ rows_that_differ(
        segment, recounted, ['person_id', 'segment_value', 'evidence', 'evidence_at', 'expires_on']
    ) }}
{%- endmacro %}
