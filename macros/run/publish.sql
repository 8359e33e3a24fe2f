{% macro publish() %}
    {#-
    Puts what people open in the place of the last published build, after a whole green `dbt build` only:
    every enabled model, seed and data test of the project ran and passed, and no unit test failed.
    Otherwise says why not and leaves what is published alone.
    -#}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set unfinished = unfinished_nodes() -%}
        {%- if unfinished -%}
            {%- do log('Not published: ' ~ unfinished | length ~ ' models or tests did not run or did not pass (' ~ unfinished[:3] | join(', ') ~ (', …' if unfinished | length > 3 else '') ~ '). What was published before is unchanged.', info=true) -%}
        {%- else -%}
            {{- return(adapter.dispatch('publish_build', 'shop_segments')()) -}}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro unfinished_nodes() %}
    {#-
    What a whole green build would have done and this run has not.

    Returns: sorted list of node names; empty after a whole green build.
    -#}
    {%- set passed = [] -%}
    {%- set unfinished = [] -%}
    {%- for result in results -%}
        {%- if result.status | string in ('success', 'pass') -%}
            {%- do passed.append(result.node.unique_id) -%}
        {%- elif result.node.unique_id not in graph.nodes -%}
            {%- do unfinished.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ('model', 'seed', 'test') and node.config.enabled
        and node.config.get('materialized') != 'ephemeral' and node.unique_id not in passed -%}
        {%- do unfinished.append(node.name) -%}
    {%- endfor -%}
    {%- do return(unfinished | sort) -%}
{% endmacro %}


{% macro published_models() %}
    {#-
    The marts that people may open: none of them holds personal data.

    Returns: list of model nodes, sorted by schema and name.
    -#}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name') | sort(attribute='schema')
        if node.resource_type == 'model' and node.config.enabled
        and node.schema in ('core', 'segments', 'membership', 'insights') -%}
        {%- do models.append(node) -%}
    {%- endfor -%}
    {%- do return(models) -%}
{% endmacro %}


{% macro default__publish_build() %}
    {%- set published = env_var('PUBLISHED_FILE', 'warehouse/shop.duckdb') -%}
    {%- set new = published ~ '.' ~ invocation_id ~ '.new' -%}
    {%- set as_of_on = run_query('select cast(as_of_on as varchar) as as_of_on from ' ~ graph.nodes['model.shop_segments.as_of'].relation_name).rows[0]['as_of_on'] -%}
    {%- if is_older_day(published, as_of_on) -%}
        {%- do log('Not published: ' ~ as_of_on ~ ' is an older day than what ' ~ published ~ ' shows.', info=true) -%}
        {%- do return('') -%}
    {%- endif -%}
    {%- do run_query("select remove_leftovers('" ~ published ~ "')") -%}
    {%- do run_query("attach '" ~ new ~ "' as publication (storage_version 'v1.4.0')") -%}
    {%- do run_query('begin transaction') -%}
    {%- set counts = [] -%}
    {%- for node in published_models() -%}
        {%- set name = node.schema ~ '.' ~ node.alias -%}
        {%- do run_query('create schema if not exists publication.' ~ node.schema) -%}
        {%- do run_query('create table publication.' ~ name ~ ' as select * from ' ~ node.relation_name) -%}
        {%- do counts.append("select '" ~ node.schema ~ "', '" ~ node.alias ~ "', count(*) from publication." ~ name) -%}
    {%- endfor -%}
    {%- do run_query(
        "create table publication.publication as select cast('" ~ as_of_on ~ "' as date) as as_of_on, '" ~ invocation_id ~ "' as run_id, '"
        ~ var('project_version') ~ "' as project_version, table_schema, table_name, row_count from (" ~ counts | join(' union all ')
        ~ ') as counts (table_schema, table_name, row_count)'
    ) -%}
    {%- do run_query('commit') -%}
    {%- do run_query('detach publication') -%}
    {%- do run_query("select replace_file('" ~ new ~ "', '" ~ published ~ "')") -%}
    {%- do log('Published ' ~ published ~ ' as of ' ~ as_of_on ~ '.', info=true) -%}
{% endmacro %}


{% macro is_older_day(published, as_of_on) %}
    {#-
    Whether a build that asked for a certain day lies before the published one. `latest` and `today`
    never do: they follow the data, also where those were corrected backwards.

    Arguments: published (path of the published file), as_of_on (text, YYYY-MM-DD).
    Returns: boolean (Jinja).
    -#}
    {%- if var('as_of') in ('latest', 'today')
        or not run_query("select 1 as found from glob('" ~ published ~ "')").rows | length -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- do run_query("attach '" ~ published ~ "' as published (read_only)") -%}
    {%- set shown = run_query('select cast(max(as_of_on) as varchar) as as_of_on from published.publication').rows[0]['as_of_on'] -%}
    {%- do run_query('detach published') -%}
    {%- do return(as_of_on < shown) -%}
{% endmacro %}
