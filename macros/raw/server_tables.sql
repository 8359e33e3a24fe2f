{#- Raw tables in a server's schema `raw`, with whatever types the shop's extract tool gave them. -#}

{% macro raw_table(source_name, table_name, alias=none) %}
    {#-
    A raw table with exactly the contract's columns.

    Arguments: source_name, table_name, alias (text; none: its name).
    Returns: SQL relation or bracketed query; each column as text, or on DuckDB as a UTC timestamp. What the
    shop left out is null, or empty. What systems of var `sources` supply is theirs; tables that a shop may lack have the
    rows of its own files besides.
    -#}
    {#- names the source even if it is not read, for the lineage -#}
    {%- set relation = source(source_name, table_name) -%}
    {%- set contract = raw_contract(source_name, table_name) if execute -%}
    {%- set own = adapter.dispatch('raw_table', 'shop_segments')(relation, contract) -%}
    {%- set systems, relations = suppliers(source_name, table_name), {} -%}
    {%- for system in systems -%}{%- do relations.update({system: ref(system ~ '__' ~ table_name)}) -%}{%- endfor -%}
    {%- if alias -%}
        {%- do return(modules.re.sub(' as \\w+$', '', own | string) ~ ' as ' ~ alias) -%}
    {%- endif -%}
    {%- if not systems or not execute -%}{%- do return(own) -%}{%- endif -%}
    {%- do return(supplied_rows(own if not contract.required, systems, contract, relations)) -%}
{% endmacro %}

{% macro duckdb__raw_table(relation, contract) %}
    {#- open_raw made a view of these columns -#}
    {%- do return(relation) -%}
{% endmacro %}

{% macro default__raw_table(relation, contract) %}
    {#- the relation may not exist, and there is no contract while dbt parses -#}
    {%- if not contract -%}{%- do return(relation) -%}{%- endif -%}
    {%- set found = raw_columns(relation, contract) -%}
    {%- set columns = [] -%}
    {%- for column in contract.columns -%}
        {%- set own = found.get(column.name) -%}
        {%- set whole = whole_number(own, column) if own -%}
        {%- set value = adapter.quote(own.name) if own and column.native else whole.text if whole else typed_as_text(own) if own else 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
        {#- a time that knows its offset is not read by the shop's clock -#}
        {%- if own and column.time_zone != 'UTC' and ('with time zone' in own.dtype | lower or own.dtype | lower == 'timestamp') -%}
            {%- set value = value ~ " || 'Z'" -%}
        {%- endif -%}
        {%- do columns.append(value ~ ' as ' ~ column.name) -%}
    {%- endfor -%}
    {%- if contract.numbered -%}
        {%- do columns.append(('file_number' if found.get('file_number') else '0') ~ ' as file_number') -%}
    {%- endif -%}
    {%- for name in (['raw_file'] if contract.kept_in else []) + (['raw_part'] if contract.kept_by == 'day' else []) -%}
        {%- do columns.append('cast(null as ' ~ dbt.type_string() ~ ') as ' ~ name) -%}
    {%- endfor -%}
    {%- do return('(select ' ~ columns | join(', ') ~ (' from ' ~ relation if found else ' where false') ~ ') as '
        ~ (contract.system ~ '_' if contract.system else '') ~ contract.name) -%}
{% endmacro %}


{% macro raw_columns(relation, contract) %}
    {#-
    Arguments: relation (of a raw table), contract (of `raw_contract`).
    Returns: dict from the column's name (the contract's, whatever the table's case and punctuation, else in
    lower case) to the adapter's column; empty where there is no such table.
    -#}
    {%- set columns = {} -%}
    {%- if load_relation(relation) -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.update({raw_column_key(column.name, contract): column}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(columns) -%}
{% endmacro %}


{% macro raw_column_key(name, contract) %}
    {#-
    Arguments: name (of a raw table's column), contract (of `raw_contract`).
    Returns: the contract's name for it, whatever its case and punctuation; else the name in lower case.
    -#}
    {%- set letters = modules.re.sub('[^a-z0-9]', '', name | lower) -%}
    {%- for column in contract.columns if column.name | replace('_', '') == letters -%}{%- do return(column.name) -%}{%- endfor -%}
    {%- do return(name | lower) -%}
{% endmacro %}


{% macro nearest_name(name, known) %}
    {#-
    The name that shares most pairs of letters with a misspelt one, as scripts/raw_files.py finds it.

    Arguments: name (text), known (list of text).
    Returns: one of `known`, or none where few pairs are shared.
    -#}
    {%- set best = namespace(name=none, likeness=0.6) -%}
    {%- set own = letter_pairs(name) -%}
    {%- for other in known -%}
        {%- set pairs = letter_pairs(other) -%}
        {%- set likeness = 2 * (own | select('in', pairs) | list | length) / ([own | length + pairs | length, 1] | max) -%}
        {%- if likeness > best.likeness or (likeness == best.likeness and best.name is none) -%}
            {%- set best.name, best.likeness = other, likeness -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(best.name) -%}
{% endmacro %}


{% macro letter_pairs(text) %}
    {#-
    Arguments: text.
    Returns: list of the different pairs of neighbouring letters and digits in it.
    -#}
    {%- set letters = modules.re.sub('[^a-z0-9]', '', text | lower) -%}
    {%- set pairs = [] -%}
    {%- for place in range(letters | length - 1) -%}{%- do pairs.append(letters[place:place + 2]) -%}{%- endfor -%}
    {%- do return(pairs | unique | list) -%}
{% endmacro %}


{% macro whole_number(own, column) %}
    {#-
    A number with a fraction in the place of a text, such as an id that an extract tool made a float.

    Arguments: own (the adapter's column), column (dict of `raw_contract`).
    Returns: dict with `text` (SQL expression, the whole number as text) and `is_whole` (SQL condition; also of a
    null); none where the column is no such number, or need not be a text.
    -#}
    {%- if column.type in ('text', 'email', 'word', 'code') -%}
        {%- do return(adapter.dispatch('whole_number', 'shop_segments')(adapter.quote(own.name), own.dtype | lower)) -%}
    {%- endif -%}
{% endmacro %}

{% macro default__whole_number(value, type) %}
    {#- scripts/raw_files.py does it -#}
{% endmacro %}

{% macro postgres__whole_number(value, type) %}
    {#- a float may stand for its neighbour from here on -#}
    {%- set limit = {'double precision': 2 ** 53, 'real': 2 ** 24, 'numeric': 10 ** 38}.get(type) -%}
    {%- if limit -%}
        {%- set number = 'nullif(' ~ value ~ ", 'NaN')" -%}
        {%- set is_whole = 'trunc(' ~ number ~ ') = ' ~ number ~ ' and abs(' ~ number ~ ') < ' ~ limit -%}
        {%- set whole = 'trunc(' ~ number ~ ')' if type == 'numeric' else 'cast(' ~ number ~ ' as bigint)' -%}
        {%- do return({
            'text': 'case when ' ~ is_whole ~ ' then cast(' ~ whole ~ ' as text) end',
            'is_whole': '(' ~ number ~ ' is null or (' ~ is_whole ~ '))',
        }) -%}
    {%- endif -%}
{% endmacro %}

{% macro spark__whole_number(value, type) %}
    {#- a float may stand for its neighbour from here on -#}
    {%- set limit = {'double': 2 ** 53, 'float': 2 ** 24}.get(type) -%}
    {%- if limit or type.startswith('decimal') -%}
        {%- set number = 'nullif(' ~ value ~ ", double('NaN'))" if limit else value -%}
        {%- set is_whole = number ~ ' % 1 = 0' ~ (' and abs(' ~ number ~ ') < ' ~ limit if limit else '') -%}
        {%- set whole = 'bigint' if limit else 'decimal(38, 0)' -%}
        {%- do return({
            'text': 'case when ' ~ is_whole ~ ' then cast(cast(' ~ number ~ ' as ' ~ whole ~ ') as string) end',
            'is_whole': '(' ~ number ~ ' is null or (' ~ is_whole ~ '))',
        }) -%}
    {%- endif -%}
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
        {%- set text = "rtrim(rtrim(to_char(" ~ utc ~ ", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')" -%}
        {%- do return(text_of_a_day(utc, text)) -%}
    {%- elif type == 'date' -%}
        {%- do return(text_of_a_day(value, "to_char(" ~ value ~ ", 'YYYY-MM-DD')")) -%}
    {%- elif type in ('double precision', 'real') -%}
        {%- set text = 'cast(' ~ value ~ ' as text)' -%}
        {%- do return('case when ' ~ text ~ " like '%e%' then cast(cast(" ~ text ~ ' as numeric) as text) else ' ~ text ~ ' end') -%}
    {%- endif -%}
    {%- do return('cast(' ~ value ~ ' as text)') -%}
{% endmacro %}

{% macro text_of_a_day(value, text) %}
    {#-
    Arguments: value (SQL expression, date or timestamp of PostgreSQL), text (SQL expression, what to_char makes of it).
    Returns: SQL expression, text; what to_char would pass over, infinity or an age before Christ, shows in it.
    -#}
    {%- do return('case when isfinite(' ~ value ~ ') and ' ~ value ~ " >= '0001-01-01' then " ~ text ~ ' else cast(' ~ value ~ ' as text) end') -%}
{% endmacro %}

{% macro spark__typed_as_text(value, type) %}
    {%- set text = 'cast(' ~ value ~ ' as string)' -%}
    {%- if type in ('double', 'float') -%}
        {%- do return('case when ' ~ text ~ " like '%E%' then cast(try_cast(" ~ text ~ ' as decimal(38, 18)) as string) else ' ~ text ~ ' end') -%}
    {%- endif -%}
    {%- do return(text) -%}
{% endmacro %}


{% macro raw_row_count(source_name, table_name) %}
    {#-
    How many rows a raw table has; where files are kept from run to run, how many each had when it was loaded, as none
    is read again.

    Arguments: source_name, table_name (text; the table may not exist).
    Returns: bracketed SQL query, one number.
    -#}
    {%- set relation = source(source_name, table_name) -%}
    {%- set contract = raw_contract(source_name, table_name) if execute else {} -%}
    {%- if suppliers(source_name, table_name) -%}{%- set relation = raw_table(source_name, table_name) -%}{%- endif -%}
    {{- return(adapter.dispatch('raw_row_count', 'shop_segments')(relation, contract)) -}}
{% endmacro %}

{% macro duckdb__raw_row_count(relation, contract) -%}
    {%- if contract.kept_in -%}
        (select coalesce(sum(raw_rows), 0) from staging.loaded_files where {{ is_kept_with(contract) }})
    {%- else -%}
        (select count(*) from {{ relation }})
    {%- endif -%}
{%- endmacro %}

{% macro default__raw_row_count(relation, contract) -%}
    {%- if not execute or contract.suppliers or load_relation(relation) -%} (select count(*) from {{ relation }})
    {%- else -%} 0
    {%- endif -%}
{%- endmacro %}


{% macro default__open_raw() %}
    {#- Proves that the raw tables of a server can be read, and that some row of each required one can be used. -#}
    {%- set problems = [] -%}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.identifier) -%}
        {%- set contract = raw_contract(node.source_name, node.name) -%}
        {%- set names = [] -%}
        {%- set found = {} -%}
        {%- if load_relation(relation) -%}
            {%- for column in adapter.get_columns_in_relation(relation) -%}
                {%- do names.append(raw_column_key(column.name, contract)) -%}
                {%- do found.update({names[-1]: column}) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if contract.suppliers and not problems -%}
            {%- do tables.append(supplied_table(contract, default__raw_table(relation, contract), {})) -%}
        {%- endif -%}
        {%- set others = [] -%}
        {%- for name in contract.or_tables
            if load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=name)) -%}
            {%- do others.append(name) -%}
        {%- endfor -%}
        {%- if not names and contract.required and not contract.suppliers and not others -%}
            {%- do problems.append('The raw table ' ~ relation ~ ' is missing: load it (scripts/load_raw.py copies a folder of files), or make a view of that name.') -%}
        {%- elif names -%}
            {%- set lacking, twice, absent, fractions = [], [], [], {} -%}
            {%- for column in contract.columns -%}
                {%- if column.name not in names -%}{%- do absent.append(column.name) -%}{%- endif -%}
                {%- if column.required and column.name not in names and column.or not in names -%}
                    {%- do lacking.append(column.name ~ (' (or ' ~ column.or ~ ')' if column.or else '')) -%}
                {%- endif -%}
                {%- if names | select('equalto', column.name) | list | length > 1 -%}{%- do twice.append(column.name) -%}{%- endif -%}
                {%- set whole = whole_number(found[column.name], column) if column.name in found -%}
                {%- if whole -%}{%- do fractions.update({column.name: whole.is_whole}) -%}{%- endif -%}
            {%- endfor -%}
            {%- if lacking -%}
                {%- do problems.append('The raw table ' ~ relation ~ ' lacks the required column' ~ ('s ' if lacking | length > 1 else ' ') ~ lacking | join(', ') ~ ': add ' ~ ('them' if lacking | length > 1 else 'it') ~ ' under this name.') -%}
            {%- elif twice -%}
                {%- do problems.append('The raw table ' ~ relation ~ ' has the column ' ~ twice | join(', ') ~ ' twice, in different letters: keep one of them.') -%}
            {%- else -%}
                {%- for name, is_whole in fractions.items()
                    if run_query('select 1 as found from ' ~ relation ~ ' where not ' ~ is_whole ~ ' limit 1').rows | length -%}
                    {%- do problems.append('The column ' ~ name ~ ' of the raw table ' ~ relation ~ ' is a number and not always a whole one that is exact: make it a text.') -%}
                {%- endfor -%}
                {%- set unknown = [] if contract.system else unknown_columns(names, absent, contract) -%}
                {%- if unknown -%}
                    {%- do exceptions.warn('The raw table ' ~ contract.name ~ ' has columns that are not read: ' ~ unknown | join(', ') ~ '.') -%}
                {%- endif -%}
                {%- if not contract.system and not contract.suppliers -%}
                    {%- do tables.append({'contract': contract, 'files': true, 'sql': 'select * from ' ~ default__raw_table(relation, contract)}) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not problems -%}
        {%- do problems.extend(set_aside_problems(tables) or as_of_problems(tables)) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error('Raw data: ' ~ problems | join('\n')) }}
    {%- endif -%}
{% endmacro %}


{% macro unknown_columns(names, absent, contract) %}
    {#-
    What a raw table has beyond the contract, the likely mistakes first.

    Arguments: names (list of its columns' keys), absent (list of the contract's columns that it lacks), contract
    (of `raw_contract`).
    Returns: list of text, each a name and perhaps the contract's name that may be meant.
    -#}
    {%- set near, others = [], [] -%}
    {%- for name in names | sort if name not in contract.columns | map(attribute='name') -%}
        {%- set meant = nearest_name(name, absent) -%}
        {%- do (near if meant else others).append(name ~ (' (is it ' ~ meant ~ '?)' if meant else '')) -%}
    {%- endfor -%}
    {%- set all = near + others -%}
    {%- do return(all if all | length <= 20 else all[:20] + [(all | length - 20) ~ ' more']) -%}
{% endmacro %}


{% macro unread_columns() %}
    {#-
    What the raw tables of this run have beyond their contracts.

    Returns: list of (raw_table, text), the text a column's name and perhaps the contract's name that may be meant.
    -#}
    {%- if execute -%}
        {{- return(adapter.dispatch('unread_columns', 'shop_segments')()) -}}
    {%- endif -%}
    {%- do return([]) -%}
{% endmacro %}

{% macro duckdb__unread_columns() %}
    {#- open_raw left them as comments -#}
    {%- set found = [] -%}
    {%- for row in run_query("select view_name, comment from duckdb_views() where database_name = current_database() and schema_name = 'raw' and comment is not null order by view_name").rows -%}
        {%- for text in fromjson(row['comment']) | unique -%}{%- do found.append((row['view_name'], text)) -%}{%- endfor -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}

{% macro default__unread_columns() %}
    {%- set found = [] -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.identifier) -%}
        {%- set contract = raw_contract(node.source_name, node.name) -%}
        {%- set names = raw_columns(relation, contract).keys() | list -%}
        {%- set known = contract.columns | map(attribute='name') -%}
        {%- for text in unknown_columns(names, known | reject('in', names) | list, contract) if not contract.system -%}
            {%- do found.append((node.name, text)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}
