{#- Whom an event names, as one text: a customer_id, an e-mail key, or both. -#}

{% macro owner_key(customer_id, email_key) -%}
    {#-
    Arguments: customer_id, email_key (SQL expressions, text or null).
    Returns: SQL expression: the customer_id, and behind an @ the e-mail key; null where there is neither.
    -#}
    case
        when {{ email_key }} is null then {{ customer_id }}
        else coalesce({{ customer_id }}, '') || '@' || {{ email_key }}
    end
{%- endmacro %}


{% macro email_key_of_owner(owner_key) -%}
    {#-
    Arguments: owner_key (SQL expression, text of `owner_key`).
    Returns: SQL expression: its e-mail key, 64 digits, or null.
    -#}
    case
        when {{ owner_key }} like '%@{{ '_' * 64 }}'
            then substr({{ owner_key }}, length({{ owner_key }}) - 63)
    end
{%- endmacro %}


{% macro customer_of_owner(owner_key) -%}
    {#-
    Arguments: owner_key (SQL expression, text of `owner_key`).
    Returns: SQL expression: its customer_id, or null.
    -#}
    case
        when {{ owner_key }} like '%@{{ '_' * 64 }}'
            then nullif(substr({{ owner_key }}, 1, length({{ owner_key }}) - 65), '')
        else {{ owner_key }}
    end
{%- endmacro %}
