{% macro unnamed_since(parts, customers) -%}
    {#-
    The first event of a part of a session that names no known customer.

    Arguments: parts (alias of `int_session_parts`), customers (alias of the known customer that a part names, all null
    where it names none).
    Returns: SQL expression, timestamp, null where all events name one.
    -#}
    case
        when {{ customers }}.customer_id is null then {{ parts }}.started_at
        else {{ parts }}.first_unnamed_at
    end
{%- endmacro %}
