{#- Which systems the shop's raw tables come from (var `sources`), each by an adapter in models/staging/<system>. -#}

{% macro supplied_tables() %}
    {#-
    What each adapter supplies: dbt has to know it before it knows the models.

    Returns: dict from the system to a list of raw tables, each made by the model <system>__<table>.
    -#}
    {%- set tables = {} -%}
    {%- for system, names in {
        'shopify_csv': 'customers orders order_lines refunds products consents events',
        'ga4': 'events',
        'klaviyo': 'consents message_events campaigns',
        'prestashop': 'customers orders order_lines refunds products consents support_tickets',
        'woocommerce': 'customers orders order_lines refunds products reviews',
        'shopify': 'customers orders order_lines refunds products consents',
    }.items() -%}
        {%- do tables.update({system: names.split()}) -%}
    {%- endfor -%}
    {%- do return(tables) -%}
{% endmacro %}


{% macro suppliers(source_name, table_name) %}
    {#-
    The systems of var `sources` that supply a raw table.

    Arguments: source_name (shop, web, crm, or a system, whose own tables nobody supplies), table_name (text).
    Returns: list of systems; empty where the table is read under its own name.
    -#}
    {%- set found = [] -%}
    {%- if source_name in ('shop', 'web', 'crm') -%}
        {%- for system in setting('sources') if table_name in supplied_tables()[system] -%}
            {%- do found.append(system) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(found) -%}
{% endmacro %}


{% macro supplied_rows(own, systems, contract, relations) %}
    {#-
    The rows of several places as one raw table. What a system leaves out is null; where several systems supply a table,
    its keys begin with the system's name.

    Arguments: own (SQL relation with the contract's columns, or none), systems (list), contract (of `raw_contract`),
    relations (dict from the system to the SQL relation of its model).
    Returns: bracketed SQL query with exactly the contract's columns, named as the table.
    -#}
    {%- set names, selects = contract.columns | map(attribute='name') | list, [] -%}
    {%- set nothing = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
    {%- for system in systems -%}
        {%- set known = graph.nodes['model.' ~ project_name ~ '.' ~ system ~ '__' ~ contract.name].columns.keys() | list -%}
        {%- set selected = [] -%}
        {%- for name in names -%}
            {%- set value = 'cast(' ~ name ~ ' as ' ~ dbt.type_string() ~ ')' if name in known else nothing -%}
            {%- set is_key = systems | length > 1 and name == contract.key[0] -%}
            {%- do selected.append((sql_texts([system ~ ':']) ~ ' || ' if is_key) ~ value ~ ' as ' ~ name) -%}
        {%- endfor -%}
        {%- if contract.kept_in -%}{%- do selected.append(('raw_file' if 'raw_file' in known else nothing ~ ' as raw_file')) -%}{%- endif -%}
        {%- do selects.append('select ' ~ selected | join(', ') ~ ' from ' ~ relations[system]) -%}
    {%- endfor -%}
    {%- if own -%}
        {%- do selects.append('select ' ~ (names + (['raw_file'] if contract.kept_in else [])) | join(', ') ~ ' from ' ~ own) -%}
    {%- endif -%}
    {%- do return('(' ~ selects | join(' union all ') ~ ') as ' ~ contract.name) -%}
{% endmacro %}


{% macro adapter_sql(unique_id, found) %}
    {#-
    The SQL of an adapter's model with all that it reads of its own system in the place of the names, so that it can be
    asked before anything is built.

    Arguments: unique_id (of a model), found (dict from the SQL relation of a source to the SQL that reads it).
    Returns: SQL query.
    -#}
    {%- set node = graph.nodes[unique_id] -%}
    {%- set sql = namespace(text=node.raw_code) -%}
    {%- for name in node.depends_on.nodes if name.startswith('model.') -%}
        {#- a hook may not ref -#}
        {%- set own = graph.nodes[name].name -%}
        {%- set reading = "{{ ref('" ~ own ~ "') }}" -%}
        {%- set sql.text = modules.re.sub(modules.re.escape(reading) ~ '(?! as )', reading ~ ' as ' ~ own, sql.text) -%}
        {%- set sql.text = sql.text | replace(reading, '(' ~ adapter_sql(name, found) ~ ')') -%}
    {%- endfor -%}
    {%- set sql.text = render(sql.text) -%}
    {%- for relation, query in found.items() -%}
        {%- set sql.text = sql.text | replace(relation, '(' ~ query ~ ')') -%}
    {%- endfor -%}
    {%- do return(sql.text) -%}
{% endmacro %}
