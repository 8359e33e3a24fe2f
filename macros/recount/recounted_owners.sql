{#- Whose a row is, and what was said and sent to whom, read a second time for the tests. -#}

{% macro recounted_owned(rows) -%}
    {#-
    Rows that name a customer, an e-mail or both, with whom they belong to: the customer decides
    where it is known, else the e-mail does. Rows of nobody, and of people who were erased, are
    left out.

    Arguments: rows (relation with customer_id and email_key).
    Returns: SQL query: the columns of the rows, and person_id.
    -#}
    select
        named.*,
        customers.person_id
    from {{ rows }} as named
    inner join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and named.customer_id = customers.key_value
    where customers.person_id is not null
    union all
    select
        named.*,
        emails.person_id
    from {{ rows }} as named
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and named.customer_id = customers.key_value
    inner join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and named.email_key = emails.key_value
    where
        customers.key_value is null
        and emails.person_id is not null
{%- endmacro %}


{% macro recounted_said(column) -%}
    {#-
    What the customers who are one person say of it: the newest of them that says anything, of
    equal ones the one with the smallest id. A city without letter or digit says nothing.

    Arguments: column (of the staged customers, such as city or gender).
    Returns: SQL query: person_id, said (never null; one row per person).
    -#}
    with

    said as (
        select
            keys.person_id,
            customers.customer_id,
            customers.updated_at,
            customers.{{ column }} as said
        from {{ ref('stg_shop__customers') }} as customers
        inner join {{ ref('int_person_keys') }} as keys
            on
                keys.key_type = 'customer'
                and customers.customer_id = keys.key_value
        where
            {{ normalised_text('customers.city') if column == 'city' else 'customers.' ~ column }} is not null
            and keys.person_id is not null
    )

    select
        said.person_id,
        said.said
    from said
    left join said as preferred
        on
            said.person_id = preferred.person_id
            and case
                when said.updated_at = preferred.updated_at
                    or (said.updated_at is null and preferred.updated_at is null)
                    then {{ byte_order('preferred.customer_id') }}
                        < {{ byte_order('said.customer_id') }}
                when said.updated_at is null then true
                when preferred.updated_at is null then false
                else preferred.updated_at > said.updated_at
            end
    where preferred.person_id is null
{%- endmacro %}


{% macro recounted_messages() -%}
    {#-
    What became of messages up to the as-of date, on every channel.

    Returns: SQL query: person_id, message_id, channel, event_type, bounce_type, occurred_at,
    occurred_on.
    -#}
    select
        events.person_id,
        events.message_id,
        events.channel,
        events.event_type,
        events.bounce_type,
        events.occurred_at,
        events.occurred_on
    from (
        {{ recounted_owned(ref('stg_crm__message_events')) | indent(8) }}
    ) as events
    cross join {{ ref('as_of') }} as as_of
    where events.occurred_on <= as_of.as_of_on
{%- endmacro %}


{% macro recounted_words() -%}
    {#-
    Every word of a contact about e-mail up to the as-of date: its consents, and unsubscribes
    and complaints, which are a no.

    Returns: SQL query: person_id, said_at, status (as in consents), source (of a consent).
    -#}
    select
        consents.person_id,
        consents.changed_at as said_at,
        consents.status,
        consents.source
    from (
        {{ recounted_owned(ref('stg_crm__consents')) | indent(8) }}
    ) as consents
    cross join {{ ref('as_of') }} as as_of
    where
        consents.channel = 'email'
        and consents.changed_on <= as_of.as_of_on
    union all
    select
        messages.person_id,
        messages.occurred_at as said_at,
        'opted_out' as status,
        cast(null as {{ dbt.type_string() }}) as source
    from (
        {{ recounted_messages() | indent(8) }}
    ) as messages
    where
        messages.channel = 'email'
        and messages.event_type in ('unsubscribed', 'complained')
{%- endmacro %}


{% macro recounted_consents() -%}
    {#-
    The state of e-mail of each contact who ever said a word about it: the newest word; several
    at one time that differ are a no.

    Returns: SQL query: person_id, said_at, status.
    -#}
    select
        words.person_id,
        words.said_at,
        case when min(words.status) = max(words.status) then max(words.status) else 'opted_out' end
            as status
    from (
        {{ recounted_words() | indent(8) }}
    ) as words
    inner join (
        select
            spoken.person_id,
            max(spoken.said_at) as said_at
        from (
            {{ recounted_words() | indent(12) }}
        ) as spoken
        group by spoken.person_id
    ) as newest
        on
            words.person_id = newest.person_id
            and words.said_at = newest.said_at
    group by
        words.person_id,
        words.said_at
{%- endmacro %}
