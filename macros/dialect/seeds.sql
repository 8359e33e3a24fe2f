{% macro spark__load_csv_rows(model, agate_table) %}
    {#-
    Loads a seed on Spark. The adapter's own macro writes an empty value as the text None and stops at a
    quote.

    Arguments: model (the seed's node), agate_table (its rows).
    Returns: the SQL statement that was run.
    -#}
    {%- set column_override = model.config.get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for name in agate_table.column_names -%}
            {%- set type = column_override.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- do values.append('cast(' ~ ('null' if row[name] is none else sql_text(row[name])) ~ ' as ' ~ type ~ ')') -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set sql = 'insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ') -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {%- do return(sql) -%}
{% endmacro %}
