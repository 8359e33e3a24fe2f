{#-
The raw contract, read from the sources' YAML: names, types and what is required are stated there and
nowhere else. Types: text, email and word (lower case), code (upper case), timestamp, date, boolean,
amount and price (money), quantity, rate.
-#}

{% macro raw_tables() %}
    {#-
    Every raw table, for models that read them all: dbt has to know what they read before it knows the sources.

    Returns: list of (source_name, table_name).
    -#}
    {%- set tables = [] -%}
    {%- for source_name, names in {
        'shop': 'customers customer_attributes orders order_lines refunds products reviews exchange_rates',
        'web': 'events',
        'crm': 'consents message_events campaigns support_tickets erasure_requests',
    }.items() -%}
        {%- for name in names.split() -%}{%- do tables.append((source_name, name)) -%}{%- endfor -%}
    {%- endfor -%}
    {%- do return(tables) -%}
{% endmacro %}


{% macro raw_contract(source_name, table_name) %}
    {#-
    The contract of one raw table.

    Arguments: source_name (shop, web, crm or a system of var `sources`), table_name (text).
    Returns: dict with `name`, `schema`, `system` (none where the shop hands the table over under its own name),
    `files` (list of the names that its files have, or of a system's table begin with), `numbered` (whether a column
    file_number says which file is the later one), `or_tables` (list of the same system's tables that will do in its
    place), `suppliers` (list of the systems that supply it), `required` (boolean), `key` (list of column names),
    `kept_in` (where loaded files are kept from run to run, the base table; none where every run reads all of them),
    `kept_as` (what the log of loaded files calls it), `kept_by` (which of its files are loaded together, as one
    says what another means: file, each alone; day, those of one day by their names; all) and `columns`: a list of
    dicts with `name`, `also` (list of other headers of it), `native` (DuckDB type of what is nested and stays so,
    or none), `type`, `time_zone` (of times without an offset), `required`, `or` (the column that will do in its
    place, or none), `own_time`, `must_read` (a row is unusable where it has a value that can't be read),
    `not_negative`, `without_prefix` (what a word may begin with that means nothing, or none) and `placeholders`
    (list of text, what stands for nothing).
    Raises: a compiler error where no such table is declared.
    -#}
    {%- set node = graph.sources.values() | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name) | first -%}
    {%- if not node -%}
        {{ exceptions.raise_compiler_error('No raw table ' ~ source_name ~ '.' ~ table_name ~ ' is declared in the sources.') }}
    {%- endif -%}
    {#- once: a setting is looked up slowly -#}
    {#- an adapter gets times as texts that say their offset if they know it -#}
    {%- set is_export = node.config.meta.files is defined -%}
    {%- set time_zone = 'none' if is_export else setting('raw_time_zones').get(source_name, setting('raw_time_zone')) -%}
    {%- set words = setting('placeholder_values') -%}
    {%- set ids = words + setting('placeholder_customer_ids') -%}
    {%- set kept = node.config.meta.get('kept' if is_export else 'by_file') -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- set meta = column.config.meta -%}
        {%- do columns.append({
            'name': column.name,
            'type': meta.get('type', 'text'),
            'also': (meta.get('also', []) + [setting(meta.named_by) if meta.named_by else '']) | select | list,
            'native': meta.get('native'),
            'time_zone': time_zone,
            'required': meta.get('required', false),
            'or': meta.get('or'),
            'own_time': meta.get('own_time', false),
            'must_read': meta.get('must_read', false),
            'without_prefix': meta.get('without_prefix'),
            'not_negative': meta.get('not_negative', false) or meta.type in ('amount', 'price', 'rate'),
            'placeholders': ids if column.name in ('customer_id', 'visitor_id') else words,
        }) -%}
    {%- endfor -%}
    {%- do return({
        'name': table_name,
        'schema': node.schema,
        'system': source_name if is_export else none,
        'files': node.config.meta.files if is_export else [table_name],
        'numbered': node.config.meta.get('numbered', false),
        'or_tables': node.config.meta.get('or_tables', []),
        'suppliers': suppliers(source_name, table_name),
        'required': node.config.meta.get('required', false),
        'key': node.config.meta.get('key', []),
        'kept_in': 'staging.base_' ~ (kept.base if is_export else source_name ~ '__' ~ table_name) if kept else none,
        'kept_as': kept_as(kept.base.split('__')[1], source_name) if is_export and kept else table_name,
        'kept_by': kept.by if is_export and kept else 'file',
        'columns': columns,
    }) -%}
{% endmacro %}


{% macro kept_as(table_name, system) %}
    {#-
    Arguments: table_name (of a raw table that is kept by file), system (that supplies rows of it, or %).
    Returns: text, what the log of loaded files calls that system's files; the shop's own have the table's name.
    -#}
    {%- do return(table_name ~ ' of ' ~ system) -%}
{% endmacro %}


{% macro raw_column(source_name, table_name, name) %}
    {#-
    Arguments: source_name, table_name, name (text).
    Returns: dict, the column as in `raw_contract`; without its properties while dbt parses.
    -#}
    {%- set columns = raw_contract(source_name, table_name).columns if execute else [{'name': name}] -%}
    {%- do return(columns | selectattr('name', 'equalto', name) | first) -%}
{% endmacro %}


{% macro typed_value(column) -%}
    {#-
    A raw column as its contract's type.

    Arguments: column (dict of `raw_contract`); the raw value is in `raw__<name>`, a time's text in `text__<name>`.
    Returns: SQL expression; null where the value is missing or can't be read.
    -#}
    {%- set raw = 'raw__' ~ column.name -%}
    {#- a placeholder that would read as a value is none -#}
    {%- set words = column.placeholders | map('lower') | list -%}
    {%- set hides = not is_text(column) and (modules.re.search('[0-9]', words | join(' '))
        or words | select('in', ['t', 'f', 'y', 'n', 'true', 'false', 'yes', 'no']) | list) -%}
    {%- if hides -%} case when {{ raw_text(column) }} is not null then {% endif -%}
    {%- if column.type == 'text' -%} {{ raw }}
    {%- elif column.without_prefix -%}
        case
            when {{ lower_case(raw) }} like '{{ column.without_prefix }}%'
                then substr({{ lower_case(raw) }}, {{ column.without_prefix | length + 1 }})
            else {{ lower_case(raw) }}
        end
    {%- elif column.type in ('word', 'email') -%} {{ lower_case(raw) }}
    {%- elif column.type == 'code' -%} {{ upper_case(raw) }}
    {%- elif column.type == 'timestamp' -%} {{ parse_timestamp(raw, column.time_zone, 'text__' ~ column.name) }}
    {#- a day stays the day it is -#}
    {%- elif column.type == 'date' -%} cast({{ parse_timestamp(raw, text='text__' ~ column.name) }} as date)
    {%- elif column.type in ('amount', 'price') -%} {{ parse_number(raw, 12, 6) }}
    {%- elif column.type == 'quantity' -%} {{ parse_number(raw, 12, 3) }}
    {%- elif column.type == 'rate' -%} {{ parse_number(raw, 6, 12) }}
    {%- elif column.type == 'boolean' -%} {{ parse_boolean(raw) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('Column ' ~ column.name ~ ' has the unknown type ' ~ column.type ~ '.') }}
    {%- endif -%}
    {%- if hides %} end{% endif -%}
{%- endmacro %}


{% macro sql_texts(values) -%}
    {#-
    A list as SQL text literals.

    Arguments: values (list of text).
    Returns: `'a', 'b'`, quotes doubled.
    -#}
    {%- for value in values -%}
        {{- sql_text(value) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
