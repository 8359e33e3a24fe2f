-- Raw rows = staged rows + rejected rows, table by table, counted at both ends.
with

counts as (
    {%- for source_name, table_name in raw_tables() %}
    select
        '{{ table_name }}' as raw_table,
        {{ raw_row_count(source_name, table_name) }} as raw_rows,
        (select count(*) from {{ ref('stg_' ~ source_name ~ '__' ~ table_name) }}) as staged_rows,
        (
            select count(*)
            from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
            where rejection_reason is not null
        ) as rejected_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    raw_table,
    raw_rows,
    staged_rows,
    rejected_rows
from counts
where (raw_rows = staged_rows + rejected_rows) is not true
