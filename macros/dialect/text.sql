{#- Text that differs between engines. Each macro takes SQL expressions and returns one. -#}

{% macro trimmed(text) %}
    {#-
    Text without leading and trailing spaces, tabs and line ends; null where nothing is left.

    Arguments: text (SQL expression of any type, read as text).
    Returns: SQL expression, text or null.
    -#}
    {{- return(adapter.dispatch('trimmed', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__trimmed(text) -%}
    {#- most texts have nothing to trim, and looking costs a fifth of trimming by a list -#}
    {%- set text = 'cast(' ~ text ~ ' as varchar)' -%}
    case
        when {{ text }} < '!' or right({{ text }}, 1) < '!'
            then nullif(trim({{ text }}, e' \t\r\n'), '')
        else {{ text }}
    end
{%- endmacro %}


{% macro normalised_text(text) %}
    {#-
    Text made comparable: lower case, no accents, every run of characters other than letters and
    digits as one space, trimmed; null where nothing is left.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, text or null.
    -#}
    {{- return(adapter.dispatch('normalised_text', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__normalised_text(text) -%}
    nullif(trim(regexp_replace(strip_accents(lower({{ text }})), '[^\p{L}\p{N}]+', ' ', 'g')), '')
{%- endmacro %}


{% macro sha256(text) %}
    {#-
    SHA-256 of a text's UTF-8 bytes.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, 64 lower-case hexadecimal digits, or null.
    -#}
    {{- return(adapter.dispatch('sha256', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}


{% macro json_text(text) %}
    {#-
    A text as a JSON string, null as JSON null.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, text, never null.
    -#}
    {{- return(adapter.dispatch('json_text', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__json_text(text) -%}
    coalesce(cast(to_json({{ text }}) as varchar), 'null')
{%- endmacro %}


{% macro key_hash(columns) %}
    {#-
    A short number that is equal for equal keys; unequal keys may share one, so it only narrows a search.

    Arguments: columns (list of SQL expressions, text, nulls allowed).
    Returns: SQL expression, integer, never null.
    -#}
    {{- return(adapter.dispatch('key_hash', 'shop_segments')(columns)) -}}
{% endmacro %}

{% macro default__key_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}
