{#-
Whose a row is that may name a customer, an e-mail or both: the known customer's, else the e-mail's. The two
macros go together, in a query that has the CTE `person_keys` (int_person_keys).
-#}

{% macro owner() -%}
    {#- Returns: SQL expression, person_id, null where nobody is known or the person asked to be erased. -#}
    case when customers.key_value is not null then customers.person_id else emails.person_id end
{%- endmacro %}


{% macro owner_joins(rows) -%}
    {#-
    Arguments: rows (alias of what has `customer_id` and `email_key`).
    Returns: SQL, the joins that `owner()` needs.
    -#}
    left join person_keys as customers
        on
            customers.key_type = 'customer'
            and {{ rows }}.customer_id = customers.key_value
    left join person_keys as emails
        on
            emails.key_type = 'email'
            and {{ rows }}.email_key = emails.key_value
{%- endmacro %}
