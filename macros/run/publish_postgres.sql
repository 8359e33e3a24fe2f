{#-
On PostgreSQL a build has schemas of its own, `build_<room>`. After a whole green build they swap names with the
published ones in one transaction, and the roles are let in.
-#}

{% macro postgres__place_problems() %}
    {#-
    Whether the roles that vars name exist, and whether a build would take along what is not the project's. If all is
    well, notes in the database that this run writes to the build's schemas from now on.

    Returns: list of sentences; empty where all is well.
    -#}
    {%- if flags.WHICH not in ('build', 'run', 'seed') -%}{%- do return([]) -%}{%- endif -%}
    {%- set problems = [] -%}
    {%- for setting_name in ('bi_reader_role', 'esp_exporter_role') -%}
        {%- set role = var(setting_name) -%}
        {%- if role and not run_query('select 1 as found from pg_catalog.pg_roles where rolname = ' ~ sql_text(role)).rows | length -%}
            {%- do problems.append('The role ' ~ role ~ ' (var ' ~ setting_name ~ ') does not exist: create it (create role "' ~ role | replace('"', '""') ~ '"), or set the var to an empty text to let nobody in.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('bi_reader_role') and var('bi_reader_role') == var('esp_exporter_role') -%}
        {%- do problems.append('bi_reader_role and esp_exporter_role are both ' ~ var('bi_reader_role') ~ ', so that who reads dashboards could read addresses; name two roles.') -%}
    {%- endif -%}
    {%- for row in run_query(schemas_of_others()).rows -%}
        {%- do problems.append('The schema ' ~ row['name'] ~ ' is there, but was not made by a build of this project by this user; rename or drop it, or build in another database.') -%}
    {%- endfor -%}
    {%- for row in run_query(views_of_others()).rows -%}
        {%- do problems.append('The view ' ~ row['view_name'] ~ ' reads ' ~ row['read_name'] ~ '. It would go on showing this build after the next, and be dropped with it: drop it, and save its query in the BI tool or as a function.') -%}
    {%- endfor -%}
    {%- if not problems -%}
        {%- do run_query('create schema if not exists ' ~ target.schema ~ '; comment on schema ' ~ target.schema ~ ' is ' ~ sql_text(invocation_id) ~ '; commit') -%}
    {%- endif -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro rooms() %}
    {#-
    Returns: list of the names of all rooms (schemas) that every build fills, and activation. The proof, which
    a build may leave out, stays where it is built.
    -#}
    {%- set rooms = ['activation'] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ('model', 'seed') and node.config.enabled and 'proof' not in node.tags
        and node.config.schema not in rooms -%}
        {%- do rooms.append(node.config.schema) -%}
    {%- endfor -%}
    {%- do return(rooms | sort) -%}
{% endmacro %}


{% macro rooms_for_bi() %}
    {#- Returns: list of the rooms without personal data, which are published. -#}
    {%- do return(['core', 'segments', 'membership', 'insights']) -%}
{% endmacro %}


{% macro schemas_of_rooms(rooms) %}
    {#-
    Arguments: rooms (list of text).
    Returns: SQL list of the schemas that they are built in and published as.
    -#}
    {%- set schemas = [] -%}
    {%- for room in rooms -%}{%- do schemas.extend([room, schema_of_room(room)]) -%}{%- endfor -%}
    {%- do return(sql_texts(schemas)) -%}
{% endmacro %}


{% macro schema_mark() %}
    {#- Returns: the comment that marks a published schema. -#}
    {%- do return('Published by shop_segments and replaced by every build: keep nothing of your own here.') -%}
{% endmacro %}


{% macro schemas_of_others() %}
    {#-
    Schemas that have a room's name, but were not published by the project, or belong to another user:
    publishing would rename them, or fail at the end.

    Returns: SQL query. Grain: schema.
    -#}
    select pg_namespace.nspname as name
    from pg_catalog.pg_namespace
    where
        pg_namespace.nspname in ({{ sql_texts(rooms()) }})
        and (
            obj_description(pg_namespace.oid, 'pg_namespace') is distinct from {{ sql_text(schema_mark()) }}
            or not pg_has_role(pg_namespace.nspowner, 'usage')
        )
    order by pg_namespace.nspname
{% endmacro %}


{% macro views_of_others() %}
    {#-
    Views outside the rooms that read what a build replaces. PostgreSQL ties a view to tables, not to
    their names, and dbt drops a table with all views on it. Temporary views end with their session.

    Returns: SQL query. Grain: view, and relation that it reads.
    -#}
    {%- set schemas = schemas_of_rooms(rooms()) %}
    select distinct cast(views.oid as regclass) as view_name, cast(relations.oid as regclass) as read_name
    from pg_catalog.pg_depend
    inner join pg_catalog.pg_rewrite on pg_depend.objid = pg_rewrite.oid
    inner join pg_catalog.pg_class as views on pg_rewrite.ev_class = views.oid
    inner join pg_catalog.pg_namespace as view_schemas on views.relnamespace = view_schemas.oid
    inner join pg_catalog.pg_class as relations on pg_depend.refobjid = relations.oid
    inner join pg_catalog.pg_namespace as schemas on relations.relnamespace = schemas.oid
    where
        pg_depend.classid = cast('pg_rewrite' as regclass)
        and pg_depend.refclassid = cast('pg_class' as regclass)
        and schemas.nspname in ({{ schemas }})
        and view_schemas.nspname not in ({{ schemas }})
        and not pg_is_other_temp_schema(view_schemas.oid)
    order by view_name, read_name
{% endmacro %}


{% macro postgres__publish_build(as_of_on, last) %}
    {%- do run_query('create schema if not exists ' ~ schema_of_room('activation')) -%}
    {%- set own = schema_of_room('insights') ~ '.' -%}
    {%- set opened, views = published_models(rooms_for_bi() + ['activation']), [] -%}
    {%- for node in opened if node.config.materialized == 'view' -%}{%- do views.append(node.unique_id) -%}{%- endfor -%}
    {%- do run_query('drop table if exists ' ~ own ~ 'publication; create table ' ~ own ~ 'publication as ' ~ publication_rows(as_of_on, last)) -%}
    {%- do run_query('create or replace view ' ~ own ~ 'start_here as ' ~ start_here('insights.publication')) -%}
    {%- do run_query(publication_comments('', opened, views, own) ~ '; commit') -%}
    {#- one statement and its commit: if it fails, it has changed nothing -#}
    {%- do run_query(swap_statement(rooms()) ~ '; commit') -%}
    {%- do log('Published the schemas ' ~ rooms_for_bi() | join(', ') ~ ' as of ' ~ as_of_on ~ '.', info=true) -%}
{% endmacro %}


{% macro postgres__last_publication() %}
    {%- do return(server_publication('insights')) -%}
{% endmacro %}


{% macro server_publication(schema) %}
    {#-
    Arguments: schema (where a table `publication` may be).
    Returns: dict of texts, what it says of the whole build, and `rows` (dict from room.table to its rows); empty where
    nothing is published.
    -#}
    {%- set publication = api.Relation.create(database=target.get('database'), schema=schema, identifier='publication') -%}
    {%- if not load_relation(publication) -%}{%- do return({}) -%}{%- endif -%}
    {%- set said = [] -%}
    {%- for column in adapter.get_columns_in_relation(publication) -%}
        {%- do said.append('cast(max(' ~ column.name ~ ') as ' ~ dbt.type_string() ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- set rows = {} -%}
    {%- for row in run_query('select table_schema, table_name, row_count from ' ~ publication).rows -%}
        {%- do rows.update({row[0] ~ '.' ~ row[1]: row[2] | int}) -%}
    {%- endfor -%}
    {%- do return(dict(run_query('select ' ~ said | join(', ') ~ ' from ' ~ publication).rows[0], rows=rows)) -%}
{% endmacro %}


{% macro swap_statement(rooms) %}
    {#-
    Lets the built and the published schemas swap names, in one statement.

    Every relation that people may open is locked first: a reader's statement that looks up two names then
    finds both in one build, as it waits for the first. The locks are requested for at most 250 ms and given back unless
    all are granted: readers wait no longer than that, and one that holds a table and wants another goes on before
    PostgreSQL looks for a deadlock. Anything that is not a model of the project (or no longer is) is dropped before it
    is published, and access granted before, in whatever way, is revoked: grants are what the vars of this run say.

    Arguments: rooms (list of text).
    Returns: SQL statement. It raises an error if readers hold a table for longer than var
    `publish_wait_seconds`, or another run has begun to write to the build's schemas; what is published is
    then unchanged.
    -#}
    {%- set opened = [] -%}
    {%- for room in rooms if room in rooms_for_bi() + ['activation'] -%}
        {%- do opened.append('(' ~ sql_texts([room, var('esp_exporter_role' if room == 'activation' else 'bi_reader_role')]) ~ ')') -%}
    {%- endfor -%}
    {%- set built = [] -%}
    {%- for name in own_relations() -%}{%- do built.append(schema_of_room('insights') ~ '.' ~ name) -%}{%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.config.enabled -%}
        {%- do built.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor %}
do $swap$
declare
    build_prefix constant text := {{ sql_text(schema_of_room('')) }};
    all_rooms constant text[] := array[{{ sql_texts(rooms) }}];
    gives_up_at constant timestamptz := clock_timestamp() + interval '{{ setting("publish_wait_seconds") }}' second;
    tried_at timestamptz;
    one record;
begin
    set local lock_timeout = '100ms';
    loop
        tried_at := clock_timestamp();
        begin
            for one in
                select format('%I.%I', opened.room, pg_class.relname) as name
                from pg_catalog.pg_class
                inner join (values {{ opened | join(', ') }}) as opened (room, reader)
                    on pg_class.relnamespace = to_regnamespace(opened.room)
                where pg_class.relkind in ('r', 'p', 'v', 'm')
                order by pg_class.oid
            loop
                execute format('lock table %s in access exclusive mode', one.name);
                if clock_timestamp() > tried_at + interval '150 milliseconds' then
                    raise lock_not_available;
                end if;
            end loop;
            exit;
        exception when lock_not_available or deadlock_detected or undefined_table then
            if clock_timestamp() > gives_up_at then
                select string_agg(distinct format('%s (process %s)', pg_stat_activity.usename, pg_stat_activity.pid), ', ') as readers
                into one
                from pg_catalog.pg_locks
                inner join pg_catalog.pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
                inner join pg_catalog.pg_class on pg_locks.relation = pg_class.oid
                inner join (values {{ opened | join(', ') }}) as opened (room, reader)
                    on pg_class.relnamespace = to_regnamespace(opened.room)
                where pg_locks.pid <> pg_backend_pid();
                raise exception 'Not published: % reads the published tables for longer than {{ setting("publish_wait_seconds") }} s. Build again when that has ended, or raise var publish_wait_seconds.', coalesce(one.readers, 'somebody');
            end if;
            perform pg_sleep(0.25);
        end;
    end loop;
    if obj_description(to_regnamespace({{ sql_text(target.schema) }}), 'pg_namespace') is distinct from {{ sql_text(invocation_id) }} then
        raise exception 'Not published: another run has begun to write to the same schemas. Build again when it has ended.';
    end if;
    for one in
        select
            format('%I.%I', pg_namespace.nspname, pg_class.relname) as name,
            case pg_class.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            pg_namespace.nspname = any (select build_prefix || room from unnest(all_rooms) as rooms (room))
            and pg_class.relkind in ('r', 'p', 'v', 'm')
            and pg_namespace.nspname || '.' || pg_class.relname not in ({{ sql_texts(built) }})
    loop
        execute format('drop %s if exists %s cascade', one.kind, one.name);
    end loop;
    for one in select room, build_prefix || room as build_room from unnest(all_rooms) as rooms (room) loop
        if to_regnamespace(one.room) is not null then
            execute format('alter schema %I rename to %I', one.room, 'old_' || one.build_room);
        end if;
        execute format('alter schema %I rename to %I', one.build_room, one.room);
        execute format('comment on schema %I is %L', one.room, {{ sql_text(schema_mark()) }});
        if to_regnamespace('old_' || one.build_room) is not null then
            execute format('alter schema %I rename to %I', 'old_' || one.build_room, one.build_room);
            execute format('comment on schema %I is null', one.build_room);
        end if;
    end loop;
    for one in
        select distinct
            pg_namespace.nspname as name,
            case grants.grantee when 0 then 'public' else cast(cast(grants.grantee as regrole) as text) end as reader
        from pg_catalog.pg_namespace
        left join pg_catalog.pg_class on pg_namespace.oid = pg_class.relnamespace
        cross join lateral (
            select grantee from aclexplode(pg_namespace.nspacl) union all select grantee from aclexplode(pg_class.relacl)
        ) as grants
        where
            pg_namespace.nspname in ({{ schemas_of_rooms(rooms) }}, {{ sql_text(schema_of_room('proof')) }})
            and grants.grantee not in (pg_namespace.nspowner, coalesce(pg_class.relowner, pg_namespace.nspowner))
    loop
        execute format('revoke all on schema %I from %s cascade', one.name, one.reader);
        execute format('revoke all on all tables in schema %I from %s cascade', one.name, one.reader);
    end loop;
    for one in select room, reader from (values {{ opened | join(', ') }}) as opened (room, reader) where reader <> '' loop
        execute format('grant usage on schema %I to %I', one.room, one.reader);
        execute format('grant select on all tables in schema %I to %I', one.room, one.reader);
    end loop;
end
$swap$
{%- endmacro %}
