{{ config(enabled=is_asked('prestashop')) }}

-- Of customers, and of visitors who left their address. Only a yes is dated; optin is for partners.
{%- set zone = setting('prestashop_time_zone') %}

select
    'customer:' || id_customer as consent_id,
    id_customer as customer_id,
    email,
    'email' as channel,
    'opted_in' as status,
    {{ utc_text(parse_timestamp('newsletter_date_add', zone)) }} as changed_at
from {{ raw_table('prestashop', 'customer') }}
where newsletter = '1' and coalesce({{ lower_case('email') }}, '') <> 'anonymous@psgdpr.com'
union all
select
    'visitor:' || id as consent_id,
    cast(null as {{ dbt.type_string() }}) as customer_id,
    email,
    'email' as channel,
    'opted_in' as status,
    {{ utc_text(parse_timestamp('newsletter_date_add', zone)) }} as changed_at
from {{ raw_table('prestashop', 'emailsubscription') }}
where active = '1'
