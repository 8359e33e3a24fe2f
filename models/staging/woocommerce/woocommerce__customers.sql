{{ config(enabled=is_asked('woocommerce')) }}

-- Users only: guests are known by the e-mail of their orders.
{%- set places = {
    'phone': 'phone', 'city': 'city', 'postcode': 'postal_code', 'state': 'region',
    'country': 'country_code',
} %}
with

meta as (
    select
        user_id as meta_of,
        {%- for name, own in places.items() %}
        max(case when meta_key = 'billing_{{ name }}' then meta_value end) as {{ own }},
        {%- endfor %}
        max(case when meta_key = 'first_name' then meta_value end) as first_name,
        max(case when meta_key = 'last_name' then meta_value end) as last_name
    from {{ raw_table('woocommerce', 'wp_usermeta') }}
    group by user_id
)

select
    id as customer_id,
    email,
    first_name,
    last_name,
    {%- for name, own in places.items() %}
    coalesce({{ in_json('billing', [name]) }}, billing__{{ name }}) as {{ own }},
    {%- endfor %}
    {{ as_utc(trimmed('date_created_gmt')) }} as created_at,
    {{ as_utc(trimmed('date_created_gmt')) }} as account_created_at,
    {{ as_utc(trimmed('date_modified_gmt')) }} as updated_at
from {{ raw_table('woocommerce', 'customers') }}
union all
select
    users.id as customer_id,
    users.user_email as email,
    meta.first_name,
    meta.last_name,
    {%- for own in places.values() %}
    meta.{{ own }},
    {%- endfor %}
    {{ as_utc(trimmed('users.user_registered')) }} as created_at,
    {{ as_utc(trimmed('users.user_registered')) }} as account_created_at,
    cast(null as {{ dbt.type_string() }}) as updated_at
from {{ raw_table('woocommerce', 'wp_users', 'users') }}
left join meta on users.id = meta.meta_of
