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
    {%- for room in rooms_for_bi() -%}
        {%- do run_query('create schema if not exists ' ~ room) -%}
        {%- do run_query('create schema ' ~ room ~ '_' ~ set_name) -%}
    {%- endfor -%}
    {%- for node in published_models() -%}
        {%- do run_query('create table ' ~ node.config.schema ~ '_' ~ set_name ~ '.' ~ node.alias ~ ' using parquet as select * from ' ~ node.relation_name) -%}
    {%- endfor -%}
    {%- do run_query('create table insights_' ~ set_name ~ '.publication using parquet as ' ~ publication_rows(as_of_on, last)) -%}
    {%- do run_query('create schema if not exists publication') -%}
    {%- do run_query('create table if not exists publication.current (set_name string, as_of_on string, run_id string) using parquet') -%}
    {%- do run_query('insert overwrite publication.current select ' ~ sql_texts([set_name, as_of_on, invocation_id])) -%}
    {#- what leaves is made of this build alone -#}
    {%- do run_query('create table publication.of_build using parquet as select ' ~ sql_texts([invocation_id]) ~ ' as run_id') -%}
    {#- for readers who want stable names: one view after the other -#}
    {%- do run_query('create or replace view insights.publication as select * from insights_' ~ set_name ~ '.publication') -%}
    {%- for node in published_models() -%}
        {%- do run_query('create or replace view ' ~ node.config.schema ~ '.' ~ node.alias ~ ' as select * from ' ~ node.config.schema ~ '_' ~ set_name ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {%- do drop_old_sets([set_name, before]) -%}
    {%- do log('Published the set ' ~ set_name ~ ' as of ' ~ as_of_on ~ ' (publication.current).', info=true) -%}
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
        {%- set found = modules.re.fullmatch('(' ~ rooms_for_bi() | join('|') ~ ')_([0-9]{14})', row[0]) -%}
        {%- if found and found.group(2) not in kept -%}
            {%- do run_query('drop schema ' ~ row[0] ~ ' cascade') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
