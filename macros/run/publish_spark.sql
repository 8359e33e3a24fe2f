{#-
On Spark a table can't be renamed into another schema and a schema can't be renamed at all: what is
published is a new set of tables, and then a pointer that says which set is current.
-#}

{% macro spark__place_problems() %}
    {#-
    Whether the session is set up as the models need it.

    Returns: list of sentences; empty if all is well.
    -#}
    {%- set problems = [] -%}
    {%- for key, needed in {
        'spark.sql.session.timeZone': ['UTC', 'Etc/UTC', 'GMT', 'Z'],
        'spark.sql.decimalOperations.allowPrecisionLoss': ['false'],
    }.items() -%}
        {%- set value = run_query('set ' ~ key).rows[0][1] -%}
        {%- if value not in needed -%}
            {%- do problems.append('The Spark setting ' ~ key ~ ' is ' ~ value ~ '; set it to ' ~ needed[0] ~ ' (server_side_parameters in profiles.yml).') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro spark__publish_build(as_of_on, last) %}
    {%- set before = current_set() -%}
    {%- set set_name = clock().strftime('%Y%m%d%H%M%S') -%}
    {%- set opened = published_models() + pulled_models() -%}
    {%- for room in opened | map(attribute='config.schema') | unique -%}
        {%- do run_query('create schema if not exists ' ~ room) -%}
        {%- do run_query('create schema ' ~ room ~ '_' ~ set_name) -%}
    {%- endfor -%}
    {%- for node in opened -%}
        {%- do described_table(
            node.config.schema ~ '_' ~ set_name ~ '.' ~ node.alias, node.description, column_descriptions(node), 'select * from ' ~ node.relation_name
        ) -%}
    {%- endfor -%}
    {%- set own = own_relations() -%}
    {%- do described_table('insights_' ~ set_name ~ '.publication', own.publication.description, own.publication.columns, publication_rows(as_of_on, last)) -%}
    {%- do run_query('create schema if not exists publication') -%}
    {%- do run_query('create table if not exists publication.current (set_name string, as_of_on string, run_id string) using parquet') -%}
    {%- do run_query('insert overwrite publication.current select ' ~ sql_texts([set_name, as_of_on, invocation_id])) -%}
    {#- what leaves is made of this build alone -#}
    {%- do run_query('create table publication.of_build using parquet as select ' ~ sql_texts([invocation_id]) ~ ' as run_id') -%}
    {#- for readers who want stable names: one view after the other -#}
    {%- do run_query('create or replace view insights.publication ' ~ comment_clause(own.publication.description) ~ ' as select * from insights_' ~ set_name ~ '.publication') -%}
    {%- do run_query('create or replace view insights.start_here ' ~ commented_columns(own.start_here.columns, own.start_here.columns) ~ ' ' ~ comment_clause(own.start_here.description) ~ ' as ' ~ start_here('insights.publication')) -%}
    {%- for node in opened -%}
        {%- do run_query('create or replace view ' ~ node.config.schema ~ '.' ~ node.alias ~ ' ' ~ comment_clause(node.description) ~ ' as select * from ' ~ node.config.schema ~ '_' ~ set_name ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {%- do drop_old_sets([set_name, before]) -%}
    {%- do log('Published the set ' ~ set_name ~ ' as of ' ~ as_of_on ~ ' (publication.current).', info=true) -%}
{% endmacro %}


{% macro described_table(name, description, said, query) %}
    {#-
    Makes a table that says what it and its columns are. A table as a select can't say it of its columns, but takes it
    from a view; and so do the views on the table.

    Arguments: name, description (text), said (dict from columns to their descriptions), query (SQL).
    -#}
    {%- set columns = run_query('select * from (' ~ query ~ ') as described limit 0').column_names -%}
    {%- do run_query('create or replace temporary view to_be_published ' ~ commented_columns(columns, said) ~ ' as ' ~ query) -%}
    {%- do run_query('create table ' ~ name ~ ' using parquet ' ~ comment_clause(description) ~ ' as select * from to_be_published') -%}
    {%- do run_query('drop view to_be_published') -%}
{% endmacro %}


{% macro commented_columns(columns, said) %}
    {#-
    Arguments: columns (names, in order), said (dict from some of them to their descriptions).
    Returns: SQL list of the columns, with what they are. Hive's metastore holds 256 characters of it.
    -#}
    {%- set commented = [] -%}
    {%- for column in columns -%}
        {%- do commented.append(column ~ (' ' ~ comment_clause(said[column] | trim | truncate(256, false, ' …', 0)) if said.get(column) else '')) -%}
    {%- endfor -%}
    {%- do return('(' ~ commented | join(', ') ~ ')') -%}
{% endmacro %}


{% macro comment_clause(description) %}
    {#- Returns: SQL clause that says what a relation or a column is. -#}
    {%- do return('comment ' ~ sql_text(description | trim)) -%}
{% endmacro %}


{% macro spark__last_publication() %}
    {%- set current = current_set() -%}
    {%- do return(server_publication('insights_' ~ current) if current else {}) -%}
{% endmacro %}


{% macro current_set() %}
    {#- Returns: name of the set that publication.current points to; none where nothing is published. -#}
    {%- if load_relation(api.Relation.create(schema='publication', identifier='current')) -%}
        {%- set rows = run_query('select set_name from publication.current').rows -%}
        {%- do return(rows[0][0] if rows | length else none) -%}
    {%- endif -%}
{% endmacro %}


{% macro drop_old_sets(kept) %}
    {#-
    Removes the published sets that neither the pointer names nor a reader of the last one still uses, including those
    that a killed run left unfinished.

    Arguments: kept (list of set names).
    -#}
    {%- for row in run_query('show schemas').rows -%}
        {%- set found = modules.re.fullmatch('(' ~ (rooms_for_bi() + ['activation']) | join('|') ~ ')_([0-9]{14})', row[0]) -%}
        {%- if found and found.group(2) not in kept -%}
            {%- do run_query('drop schema ' ~ row[0] ~ ' cascade') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
