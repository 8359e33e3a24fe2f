{% macro open_raw() %}
    {#-
    Makes the shop's raw tables readable as schema `raw`, after proving that they can be read: every
    contract column is there, missing optional columns are null, missing optional tables are empty.

    Raises: a compiler error, before anything is created, where a required table or column is missing, a
    table is given twice, a file can't be read, or `as_of` has no data to look at.
    -#}
    {%- if execute -%}
        {{- return(adapter.dispatch('open_raw', 'shop_segments')()) -}}
    {%- endif -%}
{% endmacro %}

{% macro default__open_raw() %}
    {%- set tables = raw_files() -%}
    {%- set problems = [] -%}
    {%- for table in tables -%}
        {%- if table.contract.required and not table.files -%}
            {%- do problems.append('The raw table ' ~ table.contract.name ~ ' is missing: put ' ~ table.contract.name ~ '.csv, .csv.gz or .parquet, or a folder ' ~ table.contract.name ~ ' of such files, into ' ~ var('raw_location') ~ ' (var raw_location).') -%}
        {%- elif table.places | length > 1 -%}
            {%- do problems.append('The raw table ' ~ table.contract.name ~ ' is given twice (' ~ table.places | join(' and ') ~ ' in ' ~ var('raw_location') ~ '): keep one of them.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not problems -%}
        {%- for table in tables if table.files -%}
            {%- set paths = 'unnest([' ~ sql_texts(table.files) ~ '])' -%}
            {%- for row in run_query('select path, file_problem(path) as problem from (select ' ~ paths ~ ' as path)').rows if row['problem'] -%}
                {%- do problems.append('The raw file ' ~ row['path'] ~ ' can not be read (' ~ row['problem'] ~ '): mend or remove it.') -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not problems -%}
        {%- for table in tables -%}
            {%- do table.update({'sql': raw_table_sql(table, problems)}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not problems -%}
        {%- do problems.extend(as_of_problems(tables)) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error('Raw data: ' ~ problems | join(' ')) }}
    {%- endif -%}
    {%- do run_query('create schema if not exists raw') -%}
    {%- for table in tables -%}
        {%- do run_query('create or replace view raw.' ~ table.contract.name ~ ' as ' ~ table.sql) -%}
    {%- endfor -%}
{% endmacro %}


{% macro raw_files() %}
    {#-
    The files of each raw table, found by name under var `raw_location`.

    Returns: list of dicts, one per raw table: `contract` (of `raw_contract`), `files` (list of paths,
    sorted) and `places` (names of the files or the folder that gave them, sorted).
    -#}
    {%- set location = var('raw_location').rstrip('/') -%}
    {%- set found = {} -%}
    {%- for row in run_query("select file from glob('" ~ location | replace("'", "''") ~ "/**') order by file").rows -%}
        {%- set path = row['file'] | replace('\\', '/') -%}
        {%- set inside = path[location | length + 1:] if path.startswith(location ~ '/') else path.split(location ~ '/')[-1] -%}
        {%- if path.endswith(('.csv', '.csv.gz', '.parquet')) -%}
            {%- do found.setdefault(inside.split('/')[0].split('.')[0], []).append((path, inside.split('/')[0])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- set files = found.get(node.name, []) -%}
        {%- do tables.append({
            'contract': raw_contract(node.source_name, node.name),
            'files': files | map(attribute=0) | list,
            'places': files | map(attribute=1) | unique | list,
        }) -%}
    {%- endfor -%}
    {%- do return(tables) -%}
{% endmacro %}


{% macro raw_table_sql(table, problems) %}
    {#-
    The select that reads one raw table: the contract's columns in its order, as text, or as a
    timestamp where the file itself says so.

    Arguments: table (dict of `raw_files`); problems: list to which missing required columns are added.
    Returns: SQL text.
    -#}
    {%- set name = table.contract.name -%}
    {%- set readers = [] -%}
    {%- for ending, reader in (
        ('.parquet', 'read_parquet([{}], union_by_name=true)'),
        ('', "read_csv([{}], header=true, all_varchar=true, delim=',', quote='\"', escape='\"', union_by_name=true)"),
    ) -%}
        {%- set files = [] -%}
        {%- for file in table.files if file.endswith('.parquet') == (ending == '.parquet') -%}
            {%- do files.append(file) -%}
        {%- endfor -%}
        {%- if files -%}
            {%- do readers.append('select * from ' ~ reader.replace('{}', sql_texts(files))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set types = {} -%}
    {%- if readers -%}
        {%- for row in run_query('describe ' ~ readers | join(' union all by name ')).rows -%}
            {%- do types.update({row['column_name'] | trim | lower: (row['column_name'], row['column_type'])}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in table.contract.columns -%}
        {%- if column.name in types -%}
            {%- set quoted = '"' ~ types[column.name][0] | replace('"', '""') ~ '"' -%}
            {%- set type = types[column.name][1] -%}
            {%- if type in ('TIMESTAMP', 'VARCHAR') -%}
                {%- set value = quoted -%}
            {%- elif type == 'TIMESTAMP WITH TIME ZONE' -%}
                {%- set value = "timezone('UTC', " ~ quoted ~ ")" -%}
            {%- elif type in ('DOUBLE', 'FLOAT') -%}
                {#- text of a float may have an exponent, which a plain decimal number has not -#}
                {%- set value = 'coalesce(cast(try_cast(' ~ quoted ~ ' as decimal(38, 12)) as varchar), cast(' ~ quoted ~ ' as varchar))' -%}
            {%- elif type.startswith('TIMESTAMP') -%}
                {%- set value = 'cast(' ~ quoted ~ ' as timestamp)' -%}
            {%- else -%}
                {%- set value = 'cast(' ~ quoted ~ ' as varchar)' -%}
            {%- endif -%}
            {%- do columns.append(value ~ ' as ' ~ column.name) -%}
        {%- else -%}
            {%- if readers and column.required -%}
                {%- do problems.append('The raw table ' ~ name ~ ' lacks the required column ' ~ column.name ~ ': add it to ' ~ table.files[0] ~ ', or write it there under this name.') -%}
            {%- endif -%}
            {%- do columns.append('cast(null as varchar) as ' ~ column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return('select ' ~ columns | join(', ') ~ (' from (' ~ readers | join(' union all by name ') ~ ')' if readers else ' where false')) -%}
{% endmacro %}


{% macro as_of_problems(tables) %}
    {#-
    Whether var `as_of` has data to look at: `latest` needs an order or an event whose time reads, a date
    must not lie before everything.

    Arguments: tables (list of dicts of `raw_files`, with `sql`).
    Returns: list of sentences; empty where all is well.
    -#}
    {%- set as_of = var('as_of') | string -%}
    {%- set seen = namespace(first=none) -%}
    {%- for table in tables if table.files -%}
        {%- for column in table.contract.columns if column.own_time
            and (as_of != 'latest' or table.contract.name in ('orders', 'events')) -%}
            {#- one table that reaches back far enough is proof; the others need not be read -#}
            {%- if seen.first is none or (as_of not in ('latest', 'today') and seen.first > as_of) -%}
                {%- set first -%}
                    select cast(min(day) as varchar) as first_day
                    from (
                        select
                            {{ parse_timestamp('table_rows.' ~ column.name) }} as dated_at,
                            {{ local_day(parse_timestamp('table_rows.' ~ column.name)) }} as day
                        from ({{ table.sql }}) as table_rows
                    )
                    where dated_at <= {{ loaded_until() }}
                {%- endset -%}
                {%- set day = run_query(first).rows[0]['first_day'] -%}
                {%- if day and (seen.first is none or day < seen.first) -%}{%- set seen.first = day -%}{%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if seen.first is none -%}
        {%- do return(['No order or event has a time that reads, so there is no day to look at: check ordered_at of orders' ~ (', or set as_of to a date.' if as_of == 'latest' else '.')]) -%}
    {%- elif as_of not in ('latest', 'today') and as_of < seen.first -%}
        {%- do return(['as_of is ' ~ as_of ~ ', but the data begin on ' ~ seen.first ~ ': set it to that day or a later one.']) -%}
    {%- endif -%}
    {%- do return([]) -%}
{% endmacro %}
