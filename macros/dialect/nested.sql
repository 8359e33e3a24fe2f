{#- Values inside of lists and records, which PostgreSQL has as JSON. -#}

{% macro in_record(record, path) %}
    {#-
    Arguments: record (SQL expression, a record), path (text, the names of the value's places with points between).
    Returns: SQL expression, the value as text, or null.
    -#}
    {{- return(adapter.dispatch('in_record', 'shop_segments')(record, path)) -}}
{% endmacro %}

{% macro default__in_record(record, path) -%}
    cast({{ record }}.{{ path }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro postgres__in_record(record, path) -%}
    cast({{ record }} as jsonb) #>> '{ {{- path | replace('.', ',') -}} }'
{%- endmacro %}


{% macro in_list(list, key, path) %}
    {#-
    A value of a list of records with `key` and `value`.

    Arguments: list (SQL expression), key (text), path (text, of the value within `value`).
    Returns: SQL expression, the value of the first record with that key as text, or null.
    -#}
    {{- return(adapter.dispatch('in_list', 'shop_segments')(list, key, path)) -}}
{% endmacro %}

{% macro default__in_list(list, key, path) -%}
    cast(
        list_filter({{ list }}, lambda param: param.key = '{{ key }}')[1].value.{{ path }} as varchar
    )
{%- endmacro %}

{% macro postgres__in_list(list, key, path) -%}
    jsonb_path_query_first(cast({{ list }} as jsonb), '$[*] ? (@.key == "{{ key }}")')
    #>> '{value,{{ path }}}'
{%- endmacro %}

{% macro spark__in_list(list, key, path) -%}
    cast(get(filter({{ list }}, param -> param.key = '{{ key }}'), 0).value.{{ path }} as string)
{%- endmacro %}


{% macro chosen_item(items) %}
    {#-
    The product that an event is about: that of the item with a quantity, as a tracker may list what was on the page
    besides; without a quantity, the only item.

    Arguments: items (SQL expression, list of records with item_id and quantity).
    Returns: SQL expression, item_id, or null.
    -#}
    {{- return(adapter.dispatch('chosen_item', 'shop_segments')(items)) -}}
{% endmacro %}

{% macro default__chosen_item(items) -%}
    case
        when len({{ items }}) = 1 then {{ items }}[1].item_id
        else list_filter({{ items }}, lambda item: item.quantity > 0)[1].item_id
    end
{%- endmacro %}

{% macro postgres__chosen_item(items) -%}
    case
        when jsonb_array_length(cast({{ items }} as jsonb)) = 1
            then cast({{ items }} as jsonb) #>> '{0,item_id}'
        else
            jsonb_path_query_first(cast({{ items }} as jsonb), '$[*] ? (@.quantity.double() > 0)')
            ->> 'item_id'
    end
{%- endmacro %}

{% macro spark__chosen_item(items) -%}
    case
        when size({{ items }}) = 1 then get({{ items }}, 0).item_id
        else get(filter({{ items }}, item -> item.quantity > 0), 0).item_id
    end
{%- endmacro %}


{% macro in_json(text, keys) %}
    {#-
    Arguments: text (SQL expression, JSON as text, or null), keys (list of text and of numbers, which are places in a
    list from 0).
    Returns: SQL expression, the value there as text, or null.
    -#}
    {{- return(adapter.dispatch('in_json', 'shop_segments')(text, keys)) -}}
{% endmacro %}

{% macro default__in_json(text, keys) -%}
    {%- set path = [] -%}
    {%- for key in keys -%}{%- do path.append('[' ~ key ~ ']' if key is number else '."' ~ key ~ '"') -%}{%- endfor -%}
    json_extract_string({{ text }}, '${{ path | join }}')
{%- endmacro %}

{% macro postgres__in_json(text, keys) -%}
    cast({{ text }} as jsonb) #>> '{ {{- keys | join(',') -}} }'
{%- endmacro %}

{% macro spark__in_json(text, keys) -%}
    {%- set path = [] -%}
    {%- for key in keys -%}{%- do path.append('[' ~ key ~ ']' if key is number else "['" ~ key ~ "']") -%}{%- endfor -%}
    get_json_object({{ text }}, "${{ path | join }}")
{%- endmacro %}


{% macro json_items(text) %}
    {#-
    A row for each item of a list.

    Arguments: text (SQL expression, a JSON list as text, or null).
    Returns: SQL expression for a select list, each item as JSON text.
    -#}
    {{- return(adapter.dispatch('json_items', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__json_items(text) -%}
    unnest(cast(json_extract({{ text }}, '$[*]') as varchar[]))
{%- endmacro %}

{% macro postgres__json_items(text) -%}
    cast(jsonb_array_elements(coalesce(cast({{ text }} as jsonb), '[]')) as text)
{%- endmacro %}

{% macro spark__json_items(text) -%}
    explode(from_json({{ text }}, 'array<string>'))
{%- endmacro %}
