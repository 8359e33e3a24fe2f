{#- Raw tables in a server's schema `raw`, with whatever types the shop's extract tool gave them. -#}

{% macro raw_table(source_name, table_name) %}
    {#-
    A raw table with exactly the contract's columns.

    Arguments: source_name, table_name (text).
    Returns: SQL relation or bracketed query; each column as text, or on DuckDB as a UTC timestamp. What the
    shop left out is null, or empty.
    -#}
    {#- names the source even if it is not read, for the lineage -#}
    {%- set relation = source(source_name, table_name) -%}
    {{- return(adapter.dispatch('raw_table', 'shop_segments')(relation, raw_contract(source_name, table_name) if execute)) -}}
{% endmacro %}

{% macro duckdb__raw_table(relation, contract) %}
    {#- open_raw made a view of these columns -#}
    {%- do return(relation) -%}
{% endmacro %}

{% macro default__raw_table(relation, contract) %}
    {#- the relation may not exist, and there is no contract while dbt parses -#}
    {%- if not contract -%}{%- do return(relation) -%}{%- endif -%}
    {%- set found = raw_columns(relation) -%}
    {%- set columns = [] -%}
    {%- for column in contract.columns -%}
        {%- set own = found.get(column.name) -%}
        {%- set value = typed_as_text(own) if own else 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
        {%- do columns.append(value ~ ' as ' ~ column.name) -%}
    {%- endfor -%}
    {%- do return('(select ' ~ columns | join(', ') ~ (' from ' ~ relation if found else ' where false') ~ ') as ' ~ contract.name) -%}
{% endmacro %}


{% macro raw_columns(relation) %}
    {#-
    Arguments: relation (of a raw table).
    Returns: dict from the column's name in lower case to the adapter's column; empty where there is no
    such table.
    -#}
    {%- set columns = {} -%}
    {%- if load_relation(relation) -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.update({column.name | lower: column}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(columns) -%}
{% endmacro %}


{% macro typed_as_text(column) %}
    {#-
    A value of any type as the text that a CSV would hold: times in UTC, numbers without an exponent.

    Arguments: column (the adapter's column).
    Returns: SQL expression, text.
    -#}
    {{- return(adapter.dispatch('typed_as_text', 'shop_segments')(adapter.quote(column.name), column.dtype | lower)) -}}
{% endmacro %}

{% macro default__typed_as_text(value, type) %}
    {%- do return('cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')') -%}
{% endmacro %}

{% macro postgres__typed_as_text(value, type) %}
    {%- if type.startswith('timestamp') -%}
        {%- set utc = "timezone('UTC', " ~ value ~ ')' if 'with time zone' in type else value -%}
        {%- do return("rtrim(rtrim(to_char(" ~ utc ~ ", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')") -%}
    {%- elif type == 'date' -%}
        {%- do return("to_char(" ~ value ~ ", 'YYYY-MM-DD')") -%}
    {%- elif type in ('double precision', 'real') -%}
        {%- set text = 'cast(' ~ value ~ ' as text)' -%}
        {%- do return('case when ' ~ text ~ " like '%e%' then cast(cast(" ~ value ~ ' as numeric) as text) else ' ~ text ~ ' end') -%}
    {%- endif -%}
    {%- do return('cast(' ~ value ~ ' as text)') -%}
{% endmacro %}

{% macro spark__typed_as_text(value, type) %}
    {%- set text = 'cast(' ~ value ~ ' as string)' -%}
    {%- if type in ('double', 'float') -%}
        {%- do return('case when ' ~ text ~ " like '%E%' then cast(try_cast(" ~ text ~ ' as decimal(38, 18)) as string) else ' ~ text ~ ' end') -%}
    {%- endif -%}
    {%- do return(text) -%}
{% endmacro %}


{% macro raw_rows(relation) %}
    {#-
    Arguments: relation (of a raw table, which may not exist).
    Returns: SQL relation or bracketed query with as many rows as the raw table.
    -#}
    {{- return(adapter.dispatch('raw_rows', 'shop_segments')(relation)) -}}
{% endmacro %}

{% macro duckdb__raw_rows(relation) %}
    {%- do return(relation) -%}
{% endmacro %}

{% macro default__raw_rows(relation) %}
    {%- do return(relation if not execute or load_relation(relation) else '(select 1 as nothing where false) as no_rows') -%}
{% endmacro %}


{% macro default__open_raw() %}
    {#- Proves that the raw tables of a server can be read. -#}
    {%- set problems = [] -%}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.identifier) -%}
        {%- set contract = raw_contract(node.source_name, node.name) -%}
        {%- set names = [] -%}
        {%- if load_relation(relation) -%}
            {%- for column in adapter.get_columns_in_relation(relation) -%}{%- do names.append(column.name | lower) -%}{%- endfor -%}
        {%- endif -%}
        {%- if not names and contract.required -%}
            {%- do problems.append('The raw table ' ~ relation ~ ' is missing: load it (scripts/load_raw.py copies a folder of files), or make a view of that name.') -%}
        {%- elif names -%}
            {%- set lacking, twice = [], [] -%}
            {%- for column in contract.columns -%}
                {%- if column.required and column.name not in names -%}{%- do lacking.append(column.name) -%}{%- endif -%}
                {%- if names | select('equalto', column.name) | list | length > 1 -%}{%- do twice.append(column.name) -%}{%- endif -%}
            {%- endfor -%}
            {%- if lacking -%}
                {%- do problems.append('The raw table ' ~ relation ~ ' lacks the required column' ~ ('s ' if lacking | length > 1 else ' ') ~ lacking | join(', ') ~ ': add ' ~ ('them' if lacking | length > 1 else 'it') ~ ' under this name.') -%}
            {%- elif twice -%}
                {%- do problems.append('The raw table ' ~ relation ~ ' has the column ' ~ twice | join(', ') ~ ' twice, in different letters: keep one of them.') -%}
            {%- else -%}
                {%- do tables.append({'contract': contract, 'files': true, 'sql': 'select * from ' ~ default__raw_table(relation, contract)}) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not problems -%}
        {%- do problems.extend(as_of_problems(tables)) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error('Raw data: ' ~ problems | join('\n')) }}
    {%- endif -%}
{% endmacro %}
