{#-
The membership log, that of the rules, and what an e-mail service pulls is the published one and what this build adds to
it: a build that fails, or that is not published, leaves no trace in it, and neither a full refresh nor a lost build file
costs a day (but what is pulled, on DuckDB: personal data is in the build file alone).
-#}

{% macro published_log(table, room='membership') %}
    {#-
    Arguments: table, room (`membership` or `activation`).
    Returns: name of that table as it was last published of this shop (text); none where there is none yet.
    -#}
    {#- these commands compile models, but build nothing -#}
    {%- if execute and flags.WHICH not in ('compile', 'generate', 'list', 'parse', 'show') -%}
        {%- do return(adapter.dispatch('published_log', 'shop_segments')(table, room)) -%}
    {%- endif -%}
{% endmacro %}

{% macro duckdb__published_log(table, room) %}
    {%- if room == 'activation' -%}
        {#- personal data is in no published file: publishing leaves a copy in the build's -#}
        {%- set found = load_relation(api.Relation.create(database=target.database, schema='main', identifier='published_' ~ table)) -%}
        {%- do return(log_of_shop(table, found, dict(run_query('select * from main.published_shop').rows[0])) if found else none) -%}
    {%- endif -%}
    {%- set is_open = "select 1 from duckdb_databases() where database_name = 'last_publication'" -%}
    {%- if not run_query(is_open).rows | length -%}
        {%- set published = env_var('PUBLISHED_FILE', 'warehouse/shop.duckdb') -%}
        {%- set copy = run_query('select copy_published(' ~ sql_texts([published]) ~ ') as path').rows[0]['path'] -%}
        {%- if copy -%}
            {%- do run_query('attach ' ~ sql_texts([copy]) ~ ' as last_publication (read_only)') -%}
        {%- endif -%}
    {%- endif -%}
    {%- if run_query(is_open).rows | length -%}
        {%- set last = dict(run_query('select * from last_publication.publication limit 1').rows[0]) -%}
        {%- set found = run_query(
            "select database_name || '.' || schema_name || '.' || table_name as name from duckdb_tables()"
            ~ " where database_name = 'last_publication' and table_name = " ~ sql_texts([table])).rows -%}
        {%- do return(log_of_shop(table, found[0]['name'] if found | length, last)) -%}
    {%- endif -%}
{% endmacro %}

{% macro default__published_log(table, room) %}
    {%- set last = adapter.dispatch('last_publication', 'shop_segments')() -%}
    {%- if last -%}
        {%- set found = load_relation(api.Relation.create(
            database=target.get('database'), schema=adapter.dispatch('published_schema', 'shop_segments')(room),
            identifier=table)) -%}
        {%- do return(log_of_shop(table, found, last)) -%}
    {%- endif -%}
{% endmacro %}

{% macro default__published_schema(room) %}{%- do return(room) -%}{% endmacro %}

{% macro spark__published_schema(room) %}{%- do return(room ~ '_' ~ current_set()) -%}{% endmacro %}


{% macro log_of_shop(table, found, last) %}
    {#-
    Arguments: table (its name), found (the log of the last publication, or none), last (as of `may_replace`).
    Returns: that log; none, with a line in dbt's log, where it is another shop's.
    -#}
    {%- if found and not is_same_shop(last) -%}
        {%- do log('The table ' ~ table ~ ' begins anew: what was published is of ' ~ last.raw_location ~ '.', info=true) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- do return(found) -%}
{% endmacro %}


{% macro forget_published_log() %}
    {#- After the last of the logs is built: closes what `published_log` has opened, and removes it. -#}
    {%- if execute and flags.WHICH not in ('compile', 'generate', 'list', 'parse', 'show') -%}
        {{- return(adapter.dispatch('forget_published_log', 'shop_segments')()) -}}
    {%- endif -%}
{% endmacro %}

{% macro duckdb__forget_published_log() %}
    {%- do run_query('detach database if exists last_publication') -%}
    {%- do run_query('select copy_published(' ~ sql_texts(['']) ~ ')') -%}
{% endmacro %}

{% macro default__forget_published_log() %}{% endmacro %}


{% macro is_after_this_day(kept) %}
    {#-
    Arguments: kept (of `published_log`).
    Returns: whether it ends after the as-of date (boolean, Jinja); if so, with a line in dbt's log.
    -#}
    {%- if kept -%}
        {%- set days = run_query(
            'select cast(max(entries.as_of_date) as ' ~ dbt.type_string() ~ ') as log_day, cast(max(as_of.as_of_on) as ' ~ dbt.type_string()
            ~ ') as this_day from ' ~ ref('as_of') ~ ' as as_of left join ' ~ kept ~ ' as entries on entries.as_of_date > as_of.as_of_on'
        ).rows[0] -%}
        {%- if days['log_day'] -%}
            {%- do log('The membership log ends on ' ~ days['log_day'] ~ ', after ' ~ days['this_day'] ~ ', and stays as it is.', info=true) -%}
            {%- do return(true) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(false) -%}
{% endmacro %}


{% macro is_logged() -%}
    {#-
    Returns: SQL condition on `segment` and `segment_value`: whether the log keeps who comes and leaves.
    -#}
    {%- set valued = setting('log_valued_segments') -%}
    {{ "(segment_value = '' or segment in (" ~ sql_texts(valued) ~ '))' if valued else "segment_value = ''" }}
{%- endmacro %}
