{{ config(materialized='view') }}

-- A row that names a customer_id, an e-mail or a phone has seen it, whoever the row is about.
with

rows_seen as (
    select
        customer_id,
        email_key,
        cast(null as {{ dbt.type_string() }}) as phone_key,
        created_at as seen_at
    from {{ ref('stg_shop__customers') }}
    union all
    select
        customer_id,
        email_key,
        phone_key,
        ordered_at as seen_at
    from {{ ref('stg_shop__orders') }}
    union all
    select
        customer_id,
        email_key,
        null as phone_key,
        changed_at as seen_at
    from {{ ref('stg_crm__consents') }}
    union all
    select
        customer_id,
        email_key,
        null as phone_key,
        occurred_at as seen_at
    from {{ ref('stg_crm__message_events') }}
),

keys_seen as (
    {% for key_type, column in
        {'customer': 'customer_id', 'email': 'email_key', 'phone': 'phone_key'}.items() -%}
    select
        '{{ key_type }}' as key_type,
        {{ column }} as key_value,
        min(seen_at) as first_seen_at
    from rows_seen
    where {{ column }} is not null
    group by {{ column }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

ranked_keys as (
    select
        named.person_id,
        named.key_type,
        named.key_value,
        keys_seen.first_seen_at,
        row_number() over (
            partition by named.person_id
            order by
                -- a phone is one of somebody who is known by nothing else
                named.key_type = 'phone' asc,
                keys_seen.first_seen_at asc nulls last,
                {{ byte_order('named.key_type') }} asc,
                {{ byte_order('named.key_value') }} asc
        ) as key_rank
    from {{ ref('int_person_keys') }} as named
    left join keys_seen
        on
            named.key_type = keys_seen.key_type
            and named.key_value = keys_seen.key_value
    where named.person_id is not null
)

select
    person_id,
    key_type,
    key_value,
    first_seen_at
from ranked_keys
where key_rank = 1
