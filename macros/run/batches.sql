{#-
Tables that are kept from run to run, and of which a run makes only what has changed, a batch at a time: a build from
nothing and a daily run are the same statements. The model's SQL is that of the whole table; a batch puts a part of
what it reads in the place of the whole. On a server such a table is built whole.
-#}

{% macro in_batches(kind) %}
    {#-
    How a model that is built in batches is materialized.

    Arguments: kind (by_files: the base model of a raw table that is kept by file; by_days: a model of days).
    Returns: name of a materialization.
    -#}
    {{- return(adapter.dispatch('in_batches', 'shop_segments')(kind)) -}}
{% endmacro %}

{% macro duckdb__in_batches(kind) %}
    {%- do return(kind) -%}
{% endmacro %}

{% macro default__in_batches(kind) %}{%- do return('table') -%}{% endmacro %}


{% macro of_files() %}
    {#-
    How an adapter's model is materialized whose rows are kept by file: a batch puts its files into the place of the raw
    table in the model's SQL; a view would open a file of the raw table whenever it is made.

    Returns: name of a materialization.
    -#}
    {{- return(adapter.dispatch('of_files', 'shop_segments')()) -}}
{% endmacro %}

{% macro duckdb__of_files() %}{%- do return('ephemeral') -%}{% endmacro %}

{% macro default__of_files() %}{%- do return('view') -%}{% endmacro %}


{% macro light_table() %}
    {#-
    How a model is materialized that costs less to compute for whoever reads it than to write every day: as a view,
    but on a server, whose planner wants to know what is in it, as a table.

    Returns: name of a materialization.
    -#}
    {{- return(adapter.dispatch('light_table', 'shop_segments')()) -}}
{% endmacro %}

{% macro duckdb__light_table() %}{%- do return('view') -%}{% endmacro %}

{% macro default__light_table() %}{%- do return('table') -%}{% endmacro %}


{% macro is_of_another_kind(sql) %}
    {#-
    Whether the table that is there must be built from nothing: it is missing, a full refresh is asked for, or it was
    made by other statements, its own or those of the views and kept tables that it reads. They hold the contract, the
    settings and the version of the project.

    Arguments: sql (of the model).
    Returns: dict with `anew` (boolean) and `made_by` (text, to be kept as the table's comment).
    -#}
    {%- set names = [] -%}
    {%- for name in models_below([model.unique_id]) -%}{%- do names.append(name.split('.')[-1]) -%}{%- endfor -%}
    {%- set below = run_query(
        "select coalesce(string_agg(made_by, ';' order by made_by), '') as made_by, version() as version from ("
        ~ 'select comment as made_by from duckdb_tables() where comment is not null and table_name in (' ~ sql_texts(names)
        ~ ') union all select sql from duckdb_views() where not internal and view_name in (' ~ sql_texts(names) ~ ')) as found'
    ).rows[0] -%}
    {#- when the run began changes nothing but which rows are in the future, which is looked at each time -#}
    {%- set made_by = local_md5(sql | replace(loaded_until(), '') ~ below['made_by'] ~ below['version']) -%}
    {%- set found = run_query(
        'select comment from duckdb_tables() where schema_name = ' ~ sql_texts([this.schema])
        ~ ' and table_name = ' ~ sql_texts([this.identifier]) ~ ' and database_name = ' ~ sql_texts([this.database])
    ).rows -%}
    {%- set is_other = found | length > 0 and found[0]['comment'] != made_by -%}
    {%- if is_other and not should_full_refresh() -%}
        {%- do log(this.identifier ~ ' is built anew: a setting, the contract or the project has changed since it was made.', info=true) -%}
    {%- endif -%}
    {%- do return({'anew': found | length == 0 or is_other or should_full_refresh(), 'made_by': made_by}) -%}
{% endmacro %}


{% macro models_below(ids) %}
    {#-
    Arguments: ids (list of unique_ids of models).
    Returns: sorted list of the unique_ids of all models that they read, directly or not.
    -#}
    {%- set found = [] -%}
    {%- for id in ids -%}
        {%- for name in graph.nodes[id].depends_on.nodes if name.startswith('model.') and name not in found -%}
            {%- do found.append(name) -%}
            {%- do found.extend(models_below([name])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(found | unique | sort) -%}
{% endmacro %}


{% macro begin_anew(sql, made_by, also=[]) %}
    {#-
    Puts an empty table in the place of the one that is there.

    Arguments: sql (of the model, reading nothing), made_by (of `is_of_another_kind`), also (SQL statements that belong
    to the same transaction).
    -#}
    {%- do run_query(
        (['begin transaction', 'drop view if exists ' ~ this if load_cached_relation(this).is_view else 'drop table if exists ' ~ this,
         create_table_as(false, this, sql) | trim(' ;\n'), 'comment on table ' ~ this ~ ' is ' ~ sql_texts([made_by])]
        + also + ['commit']) | join(';\n')
    ) -%}
{% endmacro %}


{% materialization by_files, adapter='duckdb' %}
    {%- set contract = raw_contract(*model.sources[0]) -%}
    {%- set relation = raw_table(*model.sources[0]) | string -%}
    {%- set key = key_hash([trimmed(contract.key[0])]) -%}
    {%- set own_time = contract.columns | selectattr('own_time') | map(attribute='name') | first -%}
    {{ run_hooks(pre_hooks) }}
    {%- set kind = is_of_another_kind(sql) -%}
    {%- set asked = sql_texts([contract.kept_in]) ~ ', ' ~ kind.anew ~ ', ' ~ setting('batch_megabytes') -%}
    {%- set plan = fromjson(run_query('select files_to_load(' ~ asked ~ ') as found').rows[0]['found']) -%}
    {%- if plan.problems -%}
        {{ exceptions.raise_compiler_error('Raw data: ' ~ plan.problems | join('\n')) }}
    {%- endif -%}
    {%- do run_query('create table if not exists staging.loaded_files (raw_table text, path text, state text, columns text, raw_rows bigint)') -%}
    {%- if kind.anew -%}
        {%- do begin_anew(
            sql | replace(relation, '(' ~ rows_of_files(contract, []) ~ ')'), kind.made_by,
            ['delete from staging.loaded_files where ' ~ is_kept_with(contract)]) -%}
    {%- endif -%}
    {#- rows are in the future or not by this run's clock, whenever they were loaded -#}
    {%- set moved = "(rejection_reason = 'future_timestamp' and " ~ own_time ~ ' <= ' ~ loaded_until()
        ~ ") or (coalesce(rejection_reason, 'duplicate') = 'duplicate' and " ~ own_time ~ ' > ' ~ loaded_until() ~ ')' -%}
    {%- set moved_rows = run_query('select count(*) as found from ' ~ this ~ ' where ' ~ moved).rows[0]['found'] | int -%}
    {%- set first = run_query('select greatest(coalesce(max(load_number), 0), ' ~ moment() ~ ') as number from ' ~ this).rows[0]['number'] | int -%}
    {%- set batches = plan.batches or ([[]] if plan.gone or moved_rows else []) -%}
    {%- for batch in batches -%}
        {%- set loaded = batch | map(attribute='path') | list -%}
        {%- set replaced = loaded + (plan.gone if loop.first else []) -%}
        {%- set of_batch = sql_texts(replaced) or "''" -%}
        {#- keys that are in other files too: all their rows are judged together, and only those are read again -#}
        {%- do run_query([
            'create or replace temp table new_rows as ' ~ rows_of_files(contract, loaded),
            'create or replace temp table keys_of_batch as select key_hash from ' ~ this ~ ' where raw_file in (' ~ of_batch ~ ') union select '
                ~ key ~ ' from new_rows' ~ (' union select key_hash from ' ~ this ~ ' where ' ~ moved if loop.first else ''),
            'create or replace temp table keys_elsewhere as select distinct raw_file, key_hash from ' ~ this
                ~ ' where key_hash in (select key_hash from keys_of_batch) and raw_file not in (' ~ of_batch ~ ')',
        ] | join(';\n')) -%}
        {%- set others = run_query('select distinct raw_file from keys_elsewhere order by raw_file').columns[0].values() | list -%}
        {%- set raw_rows = 'from new_rows'
            ~ (' union all select * from (' ~ rows_of_files(contract, others) ~ ') as other_rows where ' ~ key ~ ' in (select key_hash from keys_elsewhere)' if others else '') -%}
        {%- set log_rows = [] -%}
        {%- for file in batch -%}{%- do log_rows.append('(' ~ sql_texts([file.kept_as, file.path, file.state, file.columns]) ~ ')') -%}{%- endfor -%}
        {%- do run_query([
            'begin transaction',
            'delete from ' ~ this ~ ' where raw_file in (' ~ of_batch ~ ')',
            'delete from ' ~ this ~ ' where raw_file in (' ~ (sql_texts(others) or "''") ~ ') and key_hash in (select key_hash from keys_elsewhere)',
            'insert into ' ~ this ~ ' by name select * replace (' ~ (first + loop.index) ~ ' as load_number) from (' ~ sql | replace(relation, '(' ~ raw_rows ~ ')') ~ '\n) as batch',
            'delete from staging.loaded_files where ' ~ is_kept_with(contract) ~ ' and path in (' ~ of_batch ~ ')',
            ('insert into staging.loaded_files select files.*, coalesce(counts.raw_rows, 0) from (values ' ~ log_rows | join(', ')
                ~ ') as files (raw_table, path, state, columns) left join (select raw_file, count(*) as raw_rows'
                ~ ' from new_rows group by raw_file) as counts on files.path = counts.raw_file') if batch else 'select 1',
            'commit',
        ] | join(';\n')) -%}
    {%- endfor -%}
    {%- do run_query('drop table if exists new_rows') -%}
    {%- call noop_statement('main', 'LOADED ' ~ batches | length ~ ' BATCHES') -%}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}


{% macro is_kept_with(contract) -%}
    {#-
    Arguments: contract (of `raw_contract`, of a table that is kept by file).
    Returns: SQL condition over staging.loaded_files: the file has rows of that table, the shop's own or a system's.
    -#}
    (raw_table = '{{ contract.name }}' or raw_table like '{{ kept_as(contract.name, "%") }}')
{%- endmacro %}


{% macro rows_of_files(contract, paths) %}
    {#-
    Arguments: contract (of `raw_contract`, of a table that is kept by file), paths (list of some files that it is made
    of, the shop's own or those of systems).
    Returns: SQL that selects the contract's columns and raw_file from them.
    Raises: a compiler error where a system's adapter does not say what is kept.
    -#}
    {%- set own, exports, kept = files_query(contract.name, paths), {}, [] -%}
    {%- if not contract.suppliers -%}{%- do return(own) -%}{%- endif -%}
    {%- for node in graph.sources.values() if node.config.meta.kept -%}
        {%- set export = raw_contract(node.source_name, node.name) -%}
        {%- do exports.update({raw_relation(export) | string: files_query(export.system ~ '.' ~ export.name, paths)}) -%}
        {%- do kept.append(export.system) -%}
    {%- endfor -%}
    {%- for system in contract.suppliers if system not in kept -%}
        {{ exceptions.raise_compiler_error('The table that ' ~ system ~ '__' ~ contract.name ~ ' reads lacks meta kept (docs/sources.md).') }}
    {%- endfor -%}
    {%- do return(supplied_table(contract, '(' ~ own ~ ') as own', exports).sql) -%}
{% endmacro %}


{% macro files_query(table, paths) %}
    {#-
    Arguments: table (a raw table that is kept by file, a system's with its name before it), paths (list of files: those
    of other tables are passed over).
    Returns: SQL that selects the table's columns and raw_file from them and from those that are loaded with them.
    -#}
    {%- do return(run_query('select files_query(' ~ sql_texts([table, tojson(paths)]) ~ ') as query').rows[0]['query']) -%}
{% endmacro %}


{% materialization by_days, adapter='duckdb' %}
    {#- the model joins the days, a model with a stamp of what each day holds, and keeps the stamp beside each row -#}
    {%- set days, relation = ref(config.require('days')), ref(config.require('batches_of')) | string -%}
    {{ run_hooks(pre_hooks) }}
    {%- set kind = is_of_another_kind(sql) -%}
    {%- if kind.anew -%}
        {%- do begin_anew(sql | replace(relation, '(select * from ' ~ relation ~ ' where false)'), kind.made_by) -%}
    {%- endif -%}
    {%- set touched = run_query(
        'select coalesce(days.occurred_on, built.occurred_on) as day, coalesce(days.events, 0) as events from ' ~ days
        ~ ' as days full join (select distinct occurred_on, day_stamp from ' ~ this ~ ') as built on days.occurred_on = built.occurred_on'
        ~ ' where days.day_stamp is distinct from built.day_stamp order by day').rows -%}
    {%- set most, batches, size = setting('batch_megabytes') * 30000, [], namespace(events=0, before=none) -%}
    {%- for row in touched -%}
        {%- set size.events = size.events + row['events'] | int -%}
        {#- what lies between the first and the last day is looked at -#}
        {%- if not batches or size.events > most or (row['day'] - size.before).days > 7 -%}
            {%- do batches.append([]) -%}
            {%- set size.events = row['events'] | int -%}
        {%- endif -%}
        {%- set size.before = row['day'] -%}
        {%- do batches[-1].append("date '" ~ row['day'] ~ "'") -%}
    {%- endfor -%}
    {%- for batch in batches -%}
        {%- set in_batch = 'occurred_on between ' ~ batch[0] ~ ' and ' ~ batch[-1] ~ ' and occurred_on in (' ~ batch | join(', ') ~ ')' -%}
        {%- do run_query([
            'begin transaction',
            'delete from ' ~ this ~ ' where ' ~ in_batch,
            'insert into ' ~ this ~ ' by name ' ~ sql | replace(relation, '(select * from ' ~ relation ~ ' where ' ~ in_batch ~ ')')
                | replace(days | string, '(select * from ' ~ days ~ ' where ' ~ in_batch ~ ')'),
            'commit',
        ] | join(';\n')) -%}
    {%- endfor -%}
    {%- call noop_statement('main', 'BUILT ' ~ touched | length ~ ' DAYS') -%}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}


{% macro in_slices() %}
    {#-
    How a model is materialized whose work needs more memory than a build may have: as a table, but by slices of what it
    reads (the model `slices_of`, whose column `sliced_by` numbers its rows from 1), the larger the more batch_megabytes
    allows. On a server it is built at once.

    Returns: name of a materialization.
    -#}
    {{- return(adapter.dispatch('in_slices', 'shop_segments')()) -}}
{% endmacro %}

{% macro duckdb__in_slices() %}{%- do return('by_slices') -%}{% endmacro %}

{% macro default__in_slices() %}{%- do return('table') -%}{% endmacro %}


{% materialization by_slices, adapter='duckdb' %}
    {%- set relation, number = ref(config.require('slices_of')) | string, config.require('sliced_by') -%}
    {%- set new, size = make_intermediate_relation(this), [setting('batch_megabytes') * 1000, 1] | max | int -%}
    {{ run_hooks(pre_hooks) }}
    {%- set most = run_query('select coalesce(max(' ~ number ~ '), 0) as number from ' ~ relation).rows[0]['number'] | int -%}
    {%- for first in range(1, [most, 1] | max + 1, size) -%}
        {%- set slice = sql | replace(relation, '(select * from ' ~ relation ~ ' where ' ~ number ~ ' between ' ~ first ~ ' and ' ~ (first + size - 1) ~ ')') -%}
        {%- do run_query('drop table if exists ' ~ new ~ ';\n' ~ create_table_as(false, new, slice) if loop.first
            else 'insert into ' ~ new ~ ' by name ' ~ slice) -%}
    {%- endfor -%}
    {%- do run_query([
        'begin transaction',
        'drop view if exists ' ~ this if load_cached_relation(this).is_view else 'drop table if exists ' ~ this,
        'alter table ' ~ new ~ ' rename to ' ~ adapter.quote(this.identifier),
        'commit',
    ] | join(';\n')) -%}
    {%- call noop_statement('main', 'BUILT ' ~ most ~ ' ROWS') -%}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}
