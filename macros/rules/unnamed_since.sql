{% macro unnamed_since(parts, owners) -%}
    {#-
    The first event of a part of a session that names nobody known.

    Arguments: parts (alias of `int_session_parts`), owners (alias of `int_event_owners`, whom a part names, all null
    where it names nobody known).
    Returns: SQL expression, timestamp, null where all events name somebody.
    -#}
    case
        when {{ owners }}.owner_key is null then {{ parts }}.started_at
        else {{ parts }}.first_unnamed_at
    end
{%- endmacro %}
