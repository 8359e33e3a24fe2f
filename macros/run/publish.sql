{% macro publish() %}
    {#-
    Replaces the last published build with this one, but only after a whole green `dbt build`:
    every enabled model, seed and data test of the project ran and passed. The proof and the tests of the
    project itself may be left out (`selectors.yml`), but none of them may fail. Otherwise says why not, and leaves what
    is published alone.
    -#}
    {%- if execute -%}
        {%- set reason = reason_not_to_publish() -%}
        {%- if reason -%}
            {%- do log('Not published: ' ~ reason ~ ' What was published before is unchanged.', info=true) -%}
            {%- do return('') -%}
        {%- endif -%}
        {%- set as_of_on = run_query('select cast(as_of_on as ' ~ dbt.type_string() ~ ') as as_of_on from ' ~ graph.nodes['model.shop_segments.as_of'].relation_name).rows[0]['as_of_on'] -%}
        {%- set last = adapter.dispatch('last_publication', 'shop_segments')() -%}
        {%- if may_replace(last, as_of_on) -%}
            {%- do adapter.dispatch('publish_build', 'shop_segments')(as_of_on, last) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro reason_not_to_publish() %}
    {#-
    Returns: a sentence where this run is not a whole green build on all data; none where it is.
    -#}
    {%- if flags.WHICH != 'build' -%}
        {%- do return('only a whole dbt build publishes, not dbt ' ~ flags.WHICH ~ '.') -%}
    {%- endif -%}
    {%- set unfinished = unfinished_nodes() -%}
    {%- if unfinished -%}
        {%- do return(unfinished | length ~ (' models or tests' if unfinished | length > 1 else ' model or test')
            ~ ' did not run or did not pass (' ~ unfinished[:3] | join(', ') ~ (', …' if unfinished | length > 3 else '') ~ ').'
            ~ what_memory_wants()) -%}
    {%- endif -%}
{% endmacro %}


{% macro what_memory_wants() %}
    {#-
    Returns: a sentence, begun with a space, for whom DuckDB's memory was too little in this run; none for anybody else.
    -#}
    {%- if 'Out of Memory Error' in results | map(attribute='message', default='') | join(' ') -%}
        {%- do return(' DuckDB ran out of memory: build one model at a time (DBT_THREADS=1) or allow it more (DUCKDB_MEMORY_LIMIT).') -%}
    {%- endif -%}
    {%- do return('') -%}
{% endmacro %}


{% macro unfinished_nodes() %}
    {#-
    What a whole green build would have done and this run has not.

    Returns: sorted list of node names; empty after a whole green build.
    -#}
    {%- set ran, passed = results | map(attribute='node.unique_id') | list, nodes_that_passed() -%}
    {%- set unfinished = [] -%}
    {%- for result in results if result.node.unique_id not in graph.nodes and result.node.unique_id not in passed -%}
        {%- do unfinished.append(result.node.name) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ('model', 'seed', 'test') and node.config.enabled
        and node.config.get('materialized') != 'ephemeral' and node.unique_id not in passed -%}
        {%- set may_be_left_out = 'proof' in node.tags or node.fqn[1] == 'engines' -%}
        {%- if node.unique_id in ran or not may_be_left_out -%}
            {%- do unfinished.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(unfinished | sort) -%}
{% endmacro %}


{% macro nodes_that_passed() %}
    {#- Returns: list of unique_ids of what this run has done, and passed. -#}
    {%- set passed = [] -%}
    {%- for result in results if result.status | string in ('success', 'pass', 'warn', 'no-op') -%}
        {%- do passed.append(result.node.unique_id) -%}
    {%- endfor -%}
    {%- do return(passed) -%}
{% endmacro %}


{% macro proof(as_of_on, last) %}
    {#-
    When every rule was last proved on this shop: now, if the whole proof passed in this run, else when the last
    publication says, if it is of the same raw tables.

    Arguments: as_of_on (text, of this build), last (dict with `raw_location`, `proved_at` and
    `proved_as_of_on` of the last publication; empty where there is none).
    Returns: SQL, the columns raw_location, proved_at (UTC) and proved_as_of_on of the publication.
    -#}
    {%- set passed, proved = nodes_that_passed(), namespace(is_now=false) -%}
    {%- set unproved = [] -%}
    {%- for node in graph.nodes.values() if 'proof' in node.tags and node.config.enabled -%}
        {%- set proved.is_now = true -%}
        {%- if node.unique_id not in passed -%}{%- do unproved.append(node.name) -%}{%- endif -%}
    {%- endfor -%}
    {%- if proved.is_now and not unproved -%}
        {%- set at, on = clock().strftime('%Y-%m-%d %H:%M:%S'), as_of_on -%}
    {%- elif is_same_shop(last) -%}
        {%- set at, on = last.get('proved_at'), last.get('proved_as_of_on') -%}
    {%- endif -%}
    {%- do return(
        'cast(' ~ sql_texts([var('raw_location')]) ~ ' as ' ~ dbt.type_string() ~ ') as raw_location, cast('
        ~ (sql_texts([at]) if at else 'null') ~ ' as timestamp) as proved_at, cast('
        ~ (sql_texts([on]) if on else 'null') ~ ' as date) as proved_as_of_on'
    ) -%}
{% endmacro %}


{% macro published_models(rooms=none) %}
    {#-
    The marts that people may open.

    Arguments: rooms (list of text; where none are given, those that hold no personal data).
    Returns: list of model nodes, sorted by schema and name.
    -#}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name') | sort(attribute='schema')
        if node.resource_type == 'model' and node.config.enabled
        and node.config.schema in (rooms or rooms_for_bi()) -%}
        {%- do models.append(node) -%}
    {%- endfor -%}
    {%- do return(models) -%}
{% endmacro %}


{% macro pulled_models() %}
    {#-
    What an e-mail service reads by itself: it must never see a build before it is published.

    Returns: list of model nodes of room activation, sorted by name.
    -#}
    {%- do return(published_models(['activation']) | selectattr('config.meta.is_pulled', 'defined') | list) -%}
{% endmacro %}


{% macro published_views() %}
    {#-
    The published marts that stay views, because everything they read is published: segments are not stored twice.

    Returns: dict from the model's unique_id to its select, without a database name; each after those that
    it reads.
    -#}
    {%- set models = published_models() | map(attribute='unique_id') | list -%}
    {%- set there = published_models() | selectattr('config.materialized', 'ne', 'view') | map(attribute='unique_id') | list -%}
    {%- set views = {} -%}
    {#- results are in the order of the run -#}
    {%- for result in results
        if result.node.unique_id in models and result.node.config.materialized == 'view'
        and not result.node.depends_on.nodes | reject('in', there) | list -%}
        {%- do there.append(result.node.unique_id) -%}
        {%- do views.update({result.node.unique_id: result.node.compiled_code | replace(adapter.quote(target.database) ~ '.', '')}) -%}
    {%- endfor -%}
    {%- do return(views) -%}
{% endmacro %}


{% macro own_relations() %}
    {#-
    What publishing adds to the models.

    Returns: dict from the name to its `kind`, `description` and `columns`, which are described as those of a node are.
    -#}
    {%- do return({
        'publication': {
            'kind': 'table',
            'description': 'What is published: the as-of date, the run and the version of the project that made it, the raw tables, when the proof last passed on them, and the rows of each table. Grain: table.',
            'columns': {
                'as_of_on': 'The day that counts as now.',
                'run_id': 'The run of dbt that made it.',
                'project_version': 'Version of the project.',
                'raw_location': 'Where the raw tables are (var).',
                'proved_at': 'UTC time at which the proof last passed on these raw tables; null where it has not.',
                'proved_as_of_on': 'The as-of date then.',
                'table_schema': 'Schema of the table.',
                'table_name': 'Name of the table.',
                'row_count': 'Its rows.',
            },
        },
        'start_here': {
            'kind': 'view',
            'description': 'Which tables to look at first, the first one first, and what for. Grain: table.',
            'columns': {'table_name': 'Schema and name of the table.', 'what_for': 'What it says.'},
        },
    }) -%}
{% endmacro %}


{% macro start_here(publication) %}
    {#-
    The tables to look at first: those with a place in `meta.start_here`, each with the first sentence of its
    description, and what is published.

    Arguments: publication (name of that table for readers).
    Returns: SQL query, the columns table_name and what_for.
    -#}
    {%- set rows, places = [], {} -%}
    {%- for node in published_models() if node.config.meta.get('start_here') -%}
        {%- do places.update({node.config.meta.start_here: (node.config.schema ~ '.' ~ node.alias, node.description)}) -%}
    {%- endfor -%}
    {%- set last = (publication, own_relations()['publication'].description) -%}
    {%- for name, description in (places | dictsort | map(attribute=1) | list) + [last] -%}
        {%- set sentence = modules.re.match('.+?[.?](?= |$)', description | trim | replace('\n', ' ')).group() -%}
        {%- do rows.append('(' ~ loop.index ~ ', ' ~ sql_texts([name, sentence]) ~ ')') -%}
    {%- endfor -%}
    {%- do return('select table_name, what_for from (values ' ~ rows | join(', ') ~ ') as places (place, table_name, what_for) order by place') -%}
{% endmacro %}


{% macro publication_comments(prefix, models, views, own) %}
    {#-
    The descriptions of what people may open and of its columns, for whoever browses them.

    Arguments: prefix (what goes before the names of schemas), models (list of nodes), views (unique_ids of those that
    are published as views), own (what goes before the names of `own_relations`).
    Returns: SQL statements.
    -#}
    {%- set described = [] -%}
    {%- for name, relation in own_relations().items() -%}
        {%- do described.append((relation.kind, own ~ name, relation.description, relation.columns)) -%}
    {%- endfor -%}
    {%- for node in models -%}
        {%- set kind = 'view' if node.unique_id in views else 'table' -%}
        {%- do described.append((kind, prefix ~ node.schema ~ '.' ~ node.alias, node.description, column_descriptions(node))) -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for kind, name, description, columns in described -%}
        {%- do statements.append('comment on ' ~ kind ~ ' ' ~ name ~ ' is ' ~ sql_text(description | trim)) -%}
        {%- for column, said in columns.items() -%}
            {%- do statements.append('comment on column ' ~ name ~ '.' ~ column ~ ' is ' ~ sql_text(said | trim)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(statements | join(';\n')) -%}
{% endmacro %}


{% macro column_descriptions(node) %}
    {#- Returns: dict from the name of each column of a model to its description. -#}
    {%- set said = {} -%}
    {%- for column in node.columns.values() -%}{%- do said.update({column.name: column.description}) -%}{%- endfor -%}
    {%- do return(said) -%}
{% endmacro %}


{% macro publication_rows(as_of_on, last, prefix='') %}
    {#-
    What is published: the as-of date, the run and version that made it, when it was proved, and the rows of
    each table.

    Arguments: as_of_on (text), last (dict of what the last publication says), prefix (what goes before the names of
    schemas).
    Returns: SQL query. Grain: published table.
    -#}
    {%- set counts = [] -%}
    {%- for node in published_models() -%}
        {%- do counts.append(
            'select cast(' ~ sql_text(as_of_on) ~ ' as date) as as_of_on, ' ~ sql_text(invocation_id) ~ ' as run_id, '
            ~ sql_text(var('project_version')) ~ ' as project_version, ' ~ proof(as_of_on, last) ~ ', ' ~ sql_text(node.config.schema) ~ ' as table_schema, '
            ~ sql_text(node.alias) ~ ' as table_name, count(*) as row_count from ' ~ prefix ~ node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {%- do return(counts | join(' union all ')) -%}
{% endmacro %}


{% macro single_keys() %}
    {#-
    The columns that alone name every row of a table: what BI tools join on.

    Returns: dict from the unique_id of a model to the column, as its test `unique_key` says.
    -#}
    {%- set keys = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'test' and (node.test_metadata or {}).get('name') == 'unique_key' -%}
        {%- set columns = node.test_metadata.kwargs['columns'] -%}
        {%- if columns | length == 1 -%}{%- do keys.update({node.attached_node: columns[0]}) -%}{%- endif -%}
    {%- endfor -%}
    {%- do return(keys) -%}
{% endmacro %}


{% macro published_constraints(node, key=none) %}
    {#-
    What the contract promises of a published table, as constraints, which a copy of its rows has not.

    Arguments: node (of the model), key (name of the column that is its primary key, if any).
    Returns: SQL statements, to be run where the published file is attached as `publication`.
    -#}
    {%- set table, statements = 'alter table publication.' ~ node.schema ~ '.' ~ node.alias, ['select 1'] -%}
    {%- for column in node.columns.values() if 'not_null' in column.constraints | map(attribute='type') | map('string') | list -%}
        {%- do statements.append(table ~ ' alter column ' ~ column.name ~ ' set not null') -%}
    {%- endfor -%}
    {%- if key -%}{%- do statements.append(table ~ ' add primary key (' ~ key ~ ')') -%}{%- endif -%}
    {%- do return(statements | join(';\n')) -%}
{% endmacro %}


{% macro default__publish_build(as_of_on, last) %}
    {%- set published = env_var('PUBLISHED_FILE', 'warehouse/shop.duckdb') -%}
    {%- set new = published ~ '.' ~ invocation_id ~ '.new' -%}
    {%- set prepared = prepared_publication(published, new) -%}
    {%- if prepared.problem -%}{{ exceptions.raise_compiler_error('Not published: ' ~ prepared.problem) }}{%- endif -%}
    {%- set views, keys = published_views(), single_keys() -%}
    {%- do run_query('attach ' ~ sql_text(new) ~ " as publication (storage_version 'v1.4.0')") -%}
    {%- do run_query('begin transaction') -%}
    {%- for schema in published_models() | map(attribute='schema') | unique -%}
        {%- do run_query('create schema publication.' ~ schema) -%}
    {%- endfor -%}
    {%- for node in published_models() if node.unique_id not in views -%}
        {%- do run_query('create table publication.' ~ node.schema ~ '.' ~ node.alias ~ ' as select * from ' ~ node.relation_name) -%}
        {%- do run_query(published_constraints(node, keys.get(node.unique_id))) -%}
    {%- endfor -%}
    {%- do run_query('use publication') -%}
    {%- for unique_id, query in views.items() -%}
        {%- set node = graph.nodes[unique_id] -%}
        {%- do run_query('create view ' ~ node.schema ~ '.' ~ node.alias ~ ' as ' ~ query) -%}
    {%- endfor -%}
    {%- do run_query('create table publication.publication as ' ~ publication_rows(as_of_on, last, 'publication.')) -%}
    {%- do run_query('create view main.start_here as ' ~ start_here('publication')) -%}
    {%- do run_query(publication_comments('publication.', published_models(), views, 'publication.main.')) -%}
    {%- do run_query('use ' ~ adapter.quote(target.database)) -%}
    {%- do run_query('commit') -%}
    {%- do run_query('checkpoint publication') -%}
    {%- do run_query('detach publication') -%}
    {%- do run_query('select replace_file(' ~ sql_texts([new, published]) ~ ')') -%}
    {#- at once: a later build takes all of it for what was published, or nothing -#}
    {%- do run_query('begin transaction') -%}
    {%- for node in pulled_models() if node.config.materialized == 'table' -%}
        {%- do run_query('create or replace table main.published_' ~ node.alias ~ ' as select * from ' ~ node.relation_name) -%}
    {%- endfor -%}
    {%- do run_query('create or replace table main.published_shop as select ' ~ sql_texts([var('raw_location')]) ~ ' as raw_location') -%}
    {#- what leaves is made of this build alone -#}
    {%- do run_query('create or replace table main.published_run as select ' ~ sql_text(invocation_id) ~ ' as run_id') -%}
    {%- do run_query('commit') -%}
    {%- do log('Published ' ~ published ~ ' as of ' ~ as_of_on ~ '.', info=true) -%}
{% endmacro %}


{% macro forget_publication() %}
    {#-
    Lets no export take the build for the published one once a model of it is built again.
    -#}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed', 'retry', 'clone') -%}
        {%- do adapter.dispatch('forget_publication', 'shop_segments')() -%}
    {%- endif -%}
{% endmacro %}

{% macro duckdb__forget_publication() %}
    {%- do run_query('drop table if exists main.published_run') -%}
{% endmacro %}

{% macro spark__forget_publication() %}
    {%- do run_query('create schema if not exists publication') -%}
    {%- do run_query('drop table if exists publication.of_build') -%}
{% endmacro %}

{#- on PostgreSQL what is published is read under its own name -#}
{% macro default__forget_publication() %}{% endmacro %}


{% macro default__last_publication() %}
    {%- do return(prepared_publication(env_var('PUBLISHED_FILE', 'warehouse/shop.duckdb')).last) -%}
{% endmacro %}


{% macro prepared_publication(published, new='') %}
    {#-
    Arguments: published (path of the published file, whose folder is made and cleared of what killed builds left), new
    (path of the file that will replace it, where it is about to be written).
    Returns: dict of `prepare_publication` in scripts/duckdb_plugin.py: `problem` (a sentence, or none) and `last`, what
    the file's table publication says.
    -#}
    {%- do return(fromjson(run_query('select prepare_publication(' ~ sql_texts([published, new]) ~ ') as prepared').rows[0]['prepared'])) -%}
{% endmacro %}
