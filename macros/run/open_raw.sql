{% macro open_raw() %}
    {#-
    Makes the shop's raw tables readable as schema `raw`, after proving that they can be read: every
    contract column is there, missing optional columns are null, missing optional tables are empty.

    Raises: a compiler error, before anything is created, where a required table or column is missing, a
    table is given twice, a file can't be read, or `as_of` has no data to look at.
    -#}
    {#- dbt renders hooks also where it runs nothing; these commands need no data -#}
    {%- if execute and flags.WHICH not in ('compile', 'generate', 'list', 'parse', 'show') -%}
        {{- return(adapter.dispatch('open_raw', 'shop_segments')()) -}}
    {%- endif -%}
{% endmacro %}

{% macro postgres__open_raw() %}{{ server_open_raw() }}{% endmacro %}

{% macro spark__open_raw() %}{{ server_open_raw() }}{% endmacro %}

{% macro default__open_raw() %}
    {%- set problems = [] -%}
    {%- set tables = raw_files(problems) -%}
    {%- if not problems -%}
        {%- do add_shapes(tables, problems) -%}
    {%- endif -%}
    {%- if not problems -%}
        {%- for table in tables -%}
            {%- do table.update({'sql': raw_table_sql(table, table.files)}) -%}
        {%- endfor -%}
        {%- do problems.extend(content_problems(tables)) -%}
    {%- endif -%}
    {%- if not problems -%}
        {%- do problems.extend(as_of_problems(tables)) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error('Raw data: ' ~ problems | join('\n')) }}
    {%- endif -%}
    {%- set views = ['create schema if not exists raw'] -%}
    {%- for table in tables -%}
        {%- do views.append('create or replace view raw.' ~ table.contract.name ~ ' as ' ~ table.sql) -%}
    {%- endfor -%}
    {%- do run_query(views | join(';\n')) -%}
{% endmacro %}


{% macro raw_files(problems) %}
    {#-
    The files of each raw table, found by name (in any case) under var `raw_location`. Names that begin
    with a point or an underscore are no data (a writer's marks).

    Arguments: problems (list to which a sentence is added for each table that is missing, given twice or
    given in another format).
    Returns: list of dicts, one per raw table: `contract` (of `raw_contract`) and `files` (list of dicts
    with `path`, sorted).
    -#}
    {%- set location = modules.re.sub('(?<![:/])/+', '/', var('raw_location') | trim | replace('\\', '/')).rstrip('/') -%}
    {%- set tables = {} -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- do tables.update({node.name: {'contract': raw_contract(node.source_name, node.name), 'files': [], 'places': []}}) -%}
    {%- endfor -%}
    {#- brackets are part of a folder's name here -#}
    {%- set folder = modules.re.sub('([\\[*?])', '[\\1]', location) -%}
    {#- `**` alone would not follow links -#}
    {%- set patterns = [] -%}
    {%- for ending in ('/*', '/*/*', '/**') -%}
        {%- do patterns.append('select file from glob(' ~ sql_texts([folder ~ ending]) ~ ')') -%}
    {%- endfor -%}
    {%- for row in run_query(patterns | join(' union ') ~ ' order by file').rows -%}
        {%- set path = row['file'] | replace('\\', '/') -%}
        {#- object stores and `~` give paths that begin differently -#}
        {%- set inside = path[location | length + 1:] if path.startswith(location ~ '/')
            else path.split('/' ~ location.split('/')[-1] ~ '/', 1)[-1] -%}
        {%- set place = inside.split('/')[0] -%}
        {%- set found = modules.re.fullmatch('(.*?)([.]csv|[.]csv[.]gz|[.]parquet)', path.split('/')[-1] | lower) -%}
        {%- set name = (place if '/' in inside else found.group(1) if found else place.split('.')[0]) | lower -%}
        {%- if modules.re.search('(^|/)[._]', inside) -%}
        {%- elif found and name in tables -%}
            {%- do tables[name].files.append({'path': row['file']}) -%}
            {%- if place not in tables[name].places -%}{%- do tables[name].places.append(place) -%}{%- endif -%}
        {%- elif name in tables and '/' not in inside and inside != name -%}
            {%- do problems.append('The raw file ' ~ path ~ ' is neither CSV nor Parquet: hand ' ~ name ~ ' over as ' ~ name ~ '.csv, .csv.gz or .parquet, or remove the file.') -%}
        {%- elif found -%}
            {%- do exceptions.warn('The file ' ~ path ~ ' is ignored: no raw table is called ' ~ name ~ '.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, table in tables.items() -%}
        {%- if table.places | length > 1 -%}
            {%- do problems.append('The raw table ' ~ name ~ ' is given twice (' ~ table.places | join(' and ') ~ ' in ' ~ location ~ '): keep one of them.') -%}
        {%- elif table.contract.required and not table.files -%}
            {%- do problems.append('The raw table ' ~ name ~ ' is missing: put ' ~ name ~ '.csv, .csv.gz or .parquet, or a folder ' ~ name ~ ' of such files, into ' ~ location ~ ' (var raw_location).') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(tables.values() | list) -%}
{% endmacro %}


{% macro add_shapes(tables, problems) %}
    {#-
    Adds to every raw file which columns it has.

    Arguments: tables (list of dicts of `raw_files`; each file gets `columns`, a dict from the column's
    name in lower case to its name, position and type, `width`, their number, and `shape`, equal for files that can be read together),
    problems (list to which a sentence is added for each file that can't be read, lacks a required column
    or has a column twice).
    -#}
    {%- set paths = tables | map(attribute='files') | sum(start=[]) | map(attribute='path') | list -%}
    {%- set shapes = {} -%}
    {%- for row in run_query('select path, file_shape(path) as shape from (select unnest([' ~ sql_texts(paths) ~ ']) as path)').rows -%}
        {%- do shapes.update({row['path']: fromjson(row['shape'])}) -%}
    {%- endfor -%}
    {%- for table in tables -%}
        {%- for file in table.files -%}
            {%- set shape = shapes[file.path] -%}
            {%- set columns = {} -%}
            {%- set twice = [] -%}
            {%- for name, type in shape.columns -%}
                {%- set name = name | trim | lower -%}
                {%- if name in columns -%}{%- do twice.append(name) -%}{%- endif -%}
                {%- do columns.update({name: {'position': loop.index0, 'name': shape.columns[loop.index0][0], 'type': type}}) -%}
            {%- endfor -%}
            {%- set lacking = [] -%}
            {%- for column in table.contract.columns if column.required and column.name not in columns -%}
                {%- do lacking.append(column.name) -%}
            {%- endfor -%}
            {%- set twice = table.contract.columns | map(attribute='name') | select('in', twice) | list -%}
            {%- if shape.problem -%}
                {%- do problems.append(unreadable_file(file.path, shape.problem)) -%}
            {%- elif lacking -%}
                {%- do problems.append('The raw table ' ~ table.contract.name ~ ' lacks the required column' ~ ('s ' if lacking | length > 1 else ' ') ~ lacking | join(', ') ~ ': add ' ~ ('them' if lacking | length > 1 else 'it') ~ ' to ' ~ file.path ~ ', under this name.') -%}
            {%- elif twice -%}
                {%- do problems.append('The raw file ' ~ file.path ~ ' has the column ' ~ twice | join(', ') ~ ' twice: keep one of them.') -%}
            {%- endif -%}
            {%- do file.update({'columns': columns, 'width': shape.columns | length, 'shape': file.path.lower().endswith('.parquet') ~ ' ' ~ shape.columns}) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{% macro unreadable_file(path, problem) %}
    {#-
    Arguments: path (of a raw file), problem (text).
    Returns: the sentence for a file that can't be read.
    -#}
    {%- do return('The raw file ' ~ path ~ " can't be read (" ~ problem ~ '): mend or remove it.') -%}
{% endmacro %}


{% macro raw_table_sql(table, files) %}
    {#-
    The select that reads files of one raw table: the contract's columns in its order, as text, or as a
    timestamp where the file itself says so.

    Arguments: table (dict of `raw_files`), files (those of its files to read, with `columns`).
    Returns: SQL text.
    -#}
    {%- set selects = [] -%}
    {%- for shape, alike in files | groupby('shape') -%}
        {%- set first = alike[0] -%}
        {%- set is_parquet = first.path.lower().endswith('.parquet') -%}
        {%- set columns = [] -%}
        {%- for column in table.contract.columns -%}
            {%- set found = first.columns.get(column.name) -%}
            {%- if not found -%}
                {%- do columns.append('cast(null as varchar) as ' ~ column.name) -%}
            {%- elif is_parquet -%}
                {%- do columns.append(as_text_or_time('"' ~ found.name | replace('"', '""') ~ '"', found.type) ~ ' as ' ~ column.name) -%}
            {%- else -%}
                {%- do columns.append('c' ~ found.position ~ ' as ' ~ column.name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set paths = '[' ~ sql_texts(alike | map(attribute='path')) ~ ']' -%}
        {%- if is_parquet -%}
            {%- set reader = 'read_parquet(' ~ paths ~ ', binary_as_string=true, hive_partitioning=false)' -%}
        {%- else -%}
            {#- columns by position, nothing guessed: a line with more or fewer values is an error -#}
            {%- set positions = [] -%}
            {%- for position in range(first.width) -%}{%- do positions.append("'c" ~ position ~ "': 'VARCHAR'") -%}{%- endfor -%}
            {%- set reader = 'read_csv(' ~ paths ~ ', columns={' ~ positions | join(', ') ~ "}, delim=',', quote='\"', escape='\"', header=true, auto_detect=false, strict_mode=true, hive_partitioning=false, max_line_size=20000000)" -%}
        {%- endif -%}
        {%- do selects.append('select ' ~ columns | join(', ') ~ ' from ' ~ reader) -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- set columns = [] -%}
        {%- for column in table.contract.columns -%}{%- do columns.append('cast(null as varchar) as ' ~ column.name) -%}{%- endfor -%}
        {%- do selects.append('select ' ~ columns | join(', ') ~ ' where false') -%}
    {%- endif -%}
    {%- do return(selects | join(' union all ')) -%}
{% endmacro %}


{% macro as_text_or_time(value, type) %}
    {#-
    A typed value as the text that a CSV would hold, or as a UTC timestamp.

    Arguments: value (SQL expression), type (its DuckDB type).
    Returns: SQL expression, text or timestamp.
    -#}
    {%- if type in ('TIMESTAMP', 'VARCHAR') -%}
        {%- do return(value) -%}
    {%- elif type == 'TIMESTAMP WITH TIME ZONE' -%}
        {%- do return("timezone('UTC', " ~ value ~ ")") -%}
    {%- elif type.startswith('TIMESTAMP') -%}
        {%- do return('cast(' ~ value ~ ' as timestamp)') -%}
    {%- elif type in ('DOUBLE', 'FLOAT') -%}
        {#- the shortest text that gives the same float may have an exponent, which a plain decimal number has not -#}
        {%- set text = 'cast(' ~ value ~ ' as varchar)' -%}
        {%- do return('case when contains(' ~ text ~ ", 'e') then coalesce(cast(try_cast(" ~ text ~ ' as decimal(38, 18)) as varchar), ' ~ text ~ ') else ' ~ text ~ ' end') -%}
    {%- else -%}
        {%- do return('cast(' ~ value ~ ' as varchar)') -%}
    {%- endif -%}
{% endmacro %}


{% macro content_problems(tables) %}
    {#-
    Reads every value of the contract's columns once: a broken line or page anywhere in a file is found
    before anything is built. Counting would not do: it does not look at the values.

    Arguments: tables (list of dicts of `raw_files`, with `sql`).
    Returns: list of sentences, one per file that can't be read; empty where all can.
    -#}
    {%- set problems = [] -%}
    {%- set tried = 'select any_value(columns(*)) from ({})' -%}
    {%- set queries = [] -%}
    {%- for table in tables if table.files -%}
        {%- do queries.append('select ' ~ loop.index0 ~ ' as place, query_problem(' ~ sql_texts([tried.replace('{}', table.sql)]) ~ ') as problem') -%}
    {%- endfor -%}
    {%- set with_files = tables | selectattr('files') | list -%}
    {%- for row in run_query(queries | join(' union all ')).rows if row['problem'] -%}
        {%- set table = with_files[row['place'] | int] -%}
        {%- set before = problems | length -%}
        {%- for file in table.files -%}
            {%- set query = tried.replace('{}', raw_table_sql(table, [file])) -%}
            {%- set problem = run_query('select query_problem(' ~ sql_texts([query]) ~ ') as problem').rows[0]['problem'] -%}
            {%- if problem -%}{%- do problems.append(unreadable_file(file.path, problem)) -%}{%- endif -%}
        {%- endfor -%}
        {%- if problems | length == before -%}
            {%- do problems.append('The raw table ' ~ table.contract.name ~ " can't be read (" ~ row['problem'] ~ '): mend its files.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro as_of_problems(tables) %}
    {#-
    Whether var `as_of` has data to look at: `latest` needs an order or an event whose time reads, a day
    must not lie before everything.

    Arguments: tables (list of dicts with `contract`, `files` (whether there are any) and `sql`).
    Returns: list of sentences; empty where all is well.
    -#}
    {%- set as_of = var('as_of') | string -%}
    {%- set days = [] -%}
    {%- for table in tables if table.files and (as_of != 'latest' or table.contract.name in ('orders', 'events')) -%}
        {%- for column in table.contract.columns if column.own_time -%}
            {%- set dated_at = parse_timestamp('table_rows.' ~ column.name) -%}
            {%- do days.append('select ' ~ local_day(dated_at) ~ ' as day from (' ~ table.sql ~ ') as table_rows where ' ~ dated_at ~ ' <= ' ~ loaded_until()) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set asked = 'day' if as_of == 'latest' else as_of_day('null') -%}
    {#- one row that reaches back far enough is proof; only where there is none is all of it read -#}
    {%- for query in days -%}
        {%- if run_query('select 1 as found from (' ~ query ~ ') as dated where day <= ' ~ asked ~ ' limit 1').rows | length -%}
            {%- do return([]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set first_day = run_query('select cast(min(day) as ' ~ dbt.type_string() ~ ') as first_day from (' ~ days | join(' union all ') ~ ') as dated').rows[0]['first_day'] if days -%}
    {%- if not first_day -%}
        {%- do return(['No ' ~ ('order or event' if as_of == 'latest' else 'row') ~ ' has a time that reads, so there is no day to look at: check ordered_at of orders' ~ (', or set as_of to a date.' if as_of == 'latest' else '.')]) -%}
    {%- endif -%}
    {%- do return(['as_of is ' ~ as_of ~ ', but the data begin on ' ~ first_day ~ ': set it to that day or a later one.']) -%}
{% endmacro %}
