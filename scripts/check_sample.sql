{% macro sample_raw(largest) %}
    {#-
    Lets the staging models of a check read a part of each large raw table: rows whose key hashes to a multiple of
    `every`. Orders are read with all their lines and refunds, and a key with all its rows.

    Arguments: largest (rows; a table of more is read in part).
    Makes: table `samples`. Grain: raw table. Columns: table_name, row_count, every (1 where all rows are read). Table
    `advice`. Grain: rejection_reason. Columns: met (what such rows have in common), mends (what to do).
    -#}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set tables, of_orders = {}, ['orders', 'order_lines', 'refunds'] -%}
        {%- for view in run_query(
            "select table_name, first(column_name order by column_index) as key, row_count(table_name) as row_count"
            ~ " from duckdb_columns() where schema_name = 'raw' group by table_name order by table_name"
        ).rows -%}
            {%- set row_count = view['row_count'] | int -%}
            {%- set key = 'order_id' if view['table_name'] in of_orders else view['key'] -%}
            {%- do tables.update({view['table_name']: {'rows': row_count, 'key': key, 'every': 1 + row_count // largest}}) -%}
        {%- endfor -%}
        {%- set every = [tables['orders'].every, tables['order_lines'].every, tables['refunds'].every] | max -%}
        {%- set steps = ['create or replace table samples (table_name text, row_count bigint, every bigint)'] -%}
        {%- for name, table in tables.items() -%}
            {%- do table.update({'every': every}) if name in of_orders -%}
            {%- do steps.append("insert into samples values ('" ~ name ~ "', " ~ table.rows ~ ', ' ~ table.every ~ ')') -%}
            {%- if table.every > 1 -%}
                {%- do steps.append('alter view raw.' ~ name ~ ' rename to ' ~ name ~ '_whole') -%}
                {%- do steps.append(
                    'create table raw.' ~ name ~ ' as select * from raw.' ~ name ~ '_whole as whole where hash(coalesce(cast('
                    ~ table.key ~ ' as varchar), cast(whole as varchar))) % ' ~ table.every ~ ' = 0') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do steps.append('create or replace table advice (rejection_reason text, met text, mends text)') -%}
        {%- for reason, texts in what_mends().items() -%}
            {%- do steps.append('insert into advice values (' ~ sql_texts([reason, texts[0], texts[1]]) ~ ')') -%}
        {%- endfor -%}
        {%- do run_query(steps | join(';\n')) -%}
    {%- endif -%}
{% endmacro %}


{% macro in_batches(kind) %}
    {#-
    A check keeps nothing from run to run, so what a build loads by file is a table like any other.

    Arguments: kind (as of the macro that this one takes the place of).
    Returns: name of a materialization.
    -#}
    {{- return('table') -}}
{% endmacro %}
