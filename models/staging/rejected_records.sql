{#- long: every way in which an erased person is named -#}
{%- set countries = {'customers': 'country_code', 'orders': 'shipping_country_code'} -%}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}

-- Every raw row that could not be used, with one reason. Of a person who asked to be erased only
-- the fact is left.
with

rejected as (
    {%- for source_name, table_name in raw_tables() %}
    {%- set columns = raw_contract(source_name, table_name).columns if execute else [] %}
    {%- set names = columns | map(attribute='name') | list %}
    select
        '{{ table_name }}' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        {{ 'customer_id' if 'customer_id' in names else no_text ~ ' as customer_id' }},
        {{ 'email' if 'email' in names else no_text ~ ' as email' }},
        {{ 'phone' if 'phone' in names else no_text ~ ' as phone' }},
        {{ countries.get(table_name, no_text) }} as country_code,
        {{ 'visitor_id' if 'visitor_id' in names else no_text ~ ' as visitor_id' }}
    from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
    where rejection_reason is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A request's e-mail erases all customers that have it; a request's customer erases all that share
-- its e-mail.
erased_emails as (
    select email
    from {{ ref('stg_crm__erasure_requests') }}
    where email is not null
    union
    select customers.email
    from {{ ref('stg_crm__erasure_requests') }} as requests
    inner join {{ ref('stg_shop__customers') }} as customers
        on requests.customer_id = customers.customer_id
    where customers.email is not null
),

erased_customers as (
    select customer_id
    from {{ ref('stg_crm__erasure_requests') }}
    where customer_id is not null
    union
    select customers.customer_id
    from {{ ref('stg_shop__customers') }} as customers
    inner join erased_emails on customers.email = erased_emails.email
    where customers.customer_id is not null
),

erased_phones as (
    select distinct customers.phone_key
    from {{ ref('stg_shop__customers') }} as customers
    left join erased_customers on customers.customer_id = erased_customers.customer_id
    left join erased_emails on customers.email = erased_emails.email
    where
        customers.phone_key is not null
        and (
            erased_customers.customer_id is not null
            or erased_emails.email is not null
        )
),

-- Whatever a browser did that an erased customer has ever used.
erased_visitors as (
    select events.visitor_id
    from {{ ref('base_web__events') }} as events
    inner join erased_customers on events.customer_id = erased_customers.customer_id
    where events.visitor_id is not null
    union
    select events.visitor_id
    from {{ ref('base_web__events') }} as events
    inner join erased_emails on events.email = erased_emails.email
    where events.visitor_id is not null
),

marked as (
    select
        rejected.*,
        erased_customers.customer_id is not null
        or erased_emails.email is not null
        or erased_visitors.visitor_id is not null
        or (
            rejected.customer_id is null
            and rejected.email is null
            and erased_phones.phone_key is not null
        ) as is_erased
    from rejected
    left join erased_customers on rejected.customer_id = erased_customers.customer_id
    left join erased_emails on rejected.email = erased_emails.email
    left join erased_visitors on rejected.visitor_id = erased_visitors.visitor_id
    left join {{ ref('stg_shop__phones') }} as phones
        on
            rejected.phone = phones.phone
            and coalesce(rejected.country_code, '{{ setting("home_country_code") }}')
            = phones.country_code
    left join erased_phones on phones.phone_key = erased_phones.phone_key
)

select
    raw_table,
    -- the key of these tables is the customer's own id
    case
        when is_erased and raw_table in ('customers', 'customer_attributes') then null
        else record_key
    end as record_key,
    rejection_reason,
    case when is_erased then '{}' else raw_row end as raw_row
from marked
