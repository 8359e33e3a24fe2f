{% macro open_raw() %}
    {#-
    Makes the shop's raw tables readable as schema `raw`, after proving that they can be read: every
    contract column is there, missing optional columns are null, missing optional tables are empty.

    Raises: a compiler error, before anything is created, where a required table or column is missing, a
    table is given twice, a file can't be read, no row of a required table can be used, or `as_of` has no data to look at.
    -#}
    {#- dbt renders hooks even when it runs nothing; these commands need no data -#}
    {%- if execute and flags.WHICH not in ('compile', 'generate', 'list', 'parse', 'show') -%}
        {{- return(adapter.dispatch('open_raw', 'shop_segments')()) -}}
    {%- endif -%}
{% endmacro %}

{% macro duckdb__open_raw() %}
    {%- set contracts = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- do contracts.append(raw_contract(node.source_name, node.name)) -%}
    {%- endfor -%}
    {#- scripts/duckdb_plugin.py reads the files -#}
    {%- set read_raw = 'select read_raw(' ~ sql_texts([var('raw_location'), tojson(contracts)]) ~ ') as found' -%}
    {%- set found = fromjson(run_query(read_raw).rows[0]['found']) -%}
    {%- for sentence in found.warnings -%}{%- do exceptions.warn(sentence) -%}{%- endfor -%}
    {%- set exports, new_exports = {}, {} -%}
    {%- for table in found.tables if table.contract.system -%}
        {%- do exports.update({raw_relation(table.contract) | string: table.sql}) -%}
        {%- do new_exports.update({raw_relation(table.contract) | string: table.new_sql}) -%}
    {%- endfor -%}
    {%- set asked, dated = [], [] -%}
    {%- for table in found.tables if not table.contract.system -%}
        {%- if table.contract.suppliers -%}
            {%- do asked.append(supplied_table(table.contract, '(' ~ table.sql ~ ') as own', exports)) -%}
            {%- set new = supplied_table(table.contract, '(' ~ table.new_sql ~ ') as own', new_exports) -%}
        {%- else -%}
            {%- do asked.append(table) -%}
            {%- set new = dict(table, sql=table.new_sql) -%}
        {%- endif -%}
        {#- what is kept is not read again -#}
        {%- do dated.append(dict(new, sql=new.sql ~ kept_times(table.contract))) -%}
    {%- endfor -%}
    {%- set problems = found.problems or set_aside_problems(asked) or as_of_problems(dated) -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error('Raw data: ' ~ problems | join('\n')) }}
    {%- endif -%}
    {%- set views = ['create schema if not exists raw'] -%}
    {%- for schema in contracts | map(attribute='schema') | unique | sort if schema != 'raw' -%}
        {%- do views.append('create schema if not exists ' ~ adapter.quote(schema)) -%}
    {%- endfor -%}
    {#- to make a view is to open a file -#}
    {%- for table in found.tables if not table.is_loaded -%}
        {%- do views.append('create or replace view ' ~ raw_relation(table.contract) ~ ' as ' ~ table.sql) -%}
        {#- for unread_columns -#}
        {%- do views.append('comment on view ' ~ raw_relation(table.contract) ~ ' is ' ~ sql_text(tojson(table.unread))) -%}
    {%- endfor -%}
    {%- do run_query(views | join(';\n')) -%}
{% endmacro %}


{% macro raw_relation(contract) %}
    {#-
    Arguments: contract (of `raw_contract`).
    Returns: the relation that a raw table has in SQL.
    -#}
    {%- do return(api.Relation.create(database=target.database, schema=contract.schema, identifier=contract.name)) -%}
{% endmacro %}


{% macro supplied_table(contract, own, exports) %}
    {#-
    A raw table that systems supply, before their models are built.

    Arguments: contract (of `raw_contract`), own (SQL relation of the shop's own table of this name), exports (dict from
    the SQL relation of a system's table to the SQL that reads it).
    Returns: dict with `contract`, `files` (true) and `sql`.
    -#}
    {%- set relations = {} -%}
    {%- for system in contract.suppliers -%}
        {%- set model_id = 'model.' ~ project_name ~ '.' ~ system ~ '__' ~ contract.name -%}
        {%- do relations.update({system: '(' ~ adapter_sql(model_id, exports) ~ ') as ' ~ system ~ '_rows'}) -%}
    {%- endfor -%}
    {%- set rows = supplied_rows(own if not contract.required, contract.suppliers, contract, relations) -%}
    {%- do return({'contract': contract, 'files': true, 'sql': 'select * from ' ~ rows}) -%}
{% endmacro %}


{% macro kept_times(contract) %}
    {#-
    The times of the rows that an earlier run has kept.

    Arguments: contract (of `raw_contract`).
    Returns: SQL that goes after the select of new files, with the same columns; nothing where nothing is kept.
    -#}
    {%- set kept_in = contract.kept_in -%}
    {%- if kept_in and load_relation(api.Relation.create(schema=kept_in.split('.')[0], identifier=kept_in.split('.')[1], database=target.database)) -%}
        {%- set times = [] -%}
        {%- for column in contract.columns -%}
            {%- do times.append("strftime(" ~ column.name ~ ", '%Y-%m-%dT%H:%M:%SZ')" if column.own_time else 'null') -%}
        {%- endfor -%}
        {%- do return(' union all select ' ~ times | join(', ') ~ ', null from ' ~ kept_in) -%}
    {%- endif -%}
    {%- do return('') -%}
{% endmacro %}


{% macro as_of_problems(tables) %}
    {#-
    Whether var `as_of` has data to look at: `latest` needs an order or an event with a readable time; a day must not be
    before all data.

    Arguments: tables (list of dicts with `contract`, `files` (whether there are any) and `sql`).
    Returns: list of sentences; empty if all is well.
    -#}
    {%- set as_of = var('as_of') | string -%}
    {%- set days = [] -%}
    {%- for table in tables if table.files and (as_of != 'latest' or table.contract.name in ('orders', 'events')) -%}
        {%- for column in table.contract.columns if column.own_time -%}
            {%- set dated_at = parse_timestamp('table_rows.' ~ column.name, 'UTC' if column.type == 'date' else column.time_zone) -%}
            {%- do days.append('select ' ~ local_day(dated_at) ~ ' as day from (' ~ table.sql ~ ') as table_rows where ' ~ dated_at ~ ' <= ' ~ loaded_until()) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set asked = 'day' if as_of == 'latest' else as_of_day('null') -%}
    {#- one row that reaches back far enough is proof; everything is read only if there is none -#}
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
