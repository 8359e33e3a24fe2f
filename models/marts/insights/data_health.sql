{#- long: one short query per measure, stacked -#}
{%- set event_names = [
    'page_view', 'search', 'recommendation_click', 'add_to_cart', 'remove_from_cart', 'begin_checkout',
    'purchase', 'chat_started', 'add_to_favorites', 'remove_from_favorites', 'account_created',
    'newsletter_signup', 'login',
] -%}

with

people as (
    select *
    from {{ ref('people') }}
    where is_contact
),

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

-- One pass over each raw table: how many rows, how many usable, how old the newest usable one is.
raw_tables as (
    {% for source_name, table_name in raw_tables() -%}
    {%- set columns = raw_contract(source_name, table_name).columns if execute else [] -%}
    {%- set own_time = columns | selectattr('own_time') | map(attribute='name') | first -%}
    select
        '{{ table_name }}' as raw_table,
        count(*) as raw_rows,
        count(*) filter (where rejection_reason is null) as staged_rows,
        {% if own_time -%}
        max(case when rejection_reason is null then cast({{ own_time }} as timestamp) end)
        {%- else -%}
        cast(null as timestamp)
        {%- endif %} as newest_at
    from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

rejected as (
    select
        raw_table,
        rejection_reason,
        count(*) as rejected_rows
    from {{ ref('rejected_records') }}
    group by
        raw_table,
        rejection_reason
),

unreadable as (
    {% for source_name, table_name in raw_tables() if source_name ~ '__' ~ table_name in (
        'shop__customers', 'shop__orders', 'shop__products', 'shop__reviews', 'web__events'
    ) -%}
    select
        '{{ table_name }}' as raw_table,
        unreadable_columns,
        count(*) as affected_rows
    from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
    where
        rejection_reason is null
        and unreadable_columns <> ''
    group by unreadable_columns
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

measures as (
    select
        'freshness' as measure,
        raw_table,
        '' as detail,
        staged_rows as affected_rows,
        raw_rows as all_rows,
        newest_at
    from raw_tables
    union all
    select
        'rejected rows' as measure,
        rejected.raw_table,
        rejected.rejection_reason as detail,
        rejected.rejected_rows as affected_rows,
        raw_tables.raw_rows as all_rows,
        cast(null as timestamp) as newest_at
    from rejected
    inner join raw_tables on rejected.raw_table = raw_tables.raw_table
    union all
    select
        'unreadable optional values' as measure,
        unreadable.raw_table,
        unreadable.unreadable_columns as detail,
        unreadable.affected_rows,
        raw_tables.staged_rows as all_rows,
        cast(null as timestamp) as newest_at
    from unreadable
    inner join raw_tables on unreadable.raw_table = raw_tables.raw_table
    union all
    select
        'orders without e-mail' as measure,
        'orders' as raw_table,
        '' as detail,
        count(*) filter (
            where coalesce(orders.email_key, customers.email_key) is null
        ) as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from {{ ref('stg_shop__orders') }} as orders
    left join {{ ref('stg_shop__customers') }} as customers
        on orders.customer_id = customers.customer_id
    union all
    select
        'sessions of a known person' as measure,
        'events' as raw_table,
        '' as detail,
        count(*) filter (where substr(person_id, 1, 2) <> 'v:') as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from {{ ref('sessions') }}
    union all
    select
        'events of an unknown name' as measure,
        'events' as raw_table,
        '' as detail,
        count(*) filter (where event_name not in ({{ sql_texts(event_names) }})) as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from {{ ref('stg_web__events') }}
    union all
    select
        'order lines of an unknown product' as measure,
        'order_lines' as raw_table,
        '' as detail,
        count(*) filter (where products.product_id is null) as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from {{ ref('stg_shop__order_lines') }} as order_lines
    left join {{ ref('stg_shop__products') }} as products
        on order_lines.product_id = products.product_id
    union all
    select
        'contacts of unknown gender' as measure,
        'customers' as raw_table,
        '' as detail,
        count(*) filter (where gender is null) as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from people
    union all
    select
        'contacts of unknown city' as measure,
        'customers' as raw_table,
        '' as detail,
        count(*) filter (where city is null) as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from people
    union all
    select
        'contacts of unknown e-mail consent' as measure,
        'consents' as raw_table,
        '' as detail,
        count(*) filter (where email_consent_status is null) as affected_rows,
        count(*) as all_rows,
        cast(null as timestamp) as newest_at
    from people
)

select
    measures.measure,
    measures.raw_table,
    measures.detail,
    cast(measures.affected_rows as bigint) as affected_rows,
    cast(measures.all_rows as bigint) as all_rows,
    {{ rounded_ratio('measures.affected_rows', 'nullif(measures.all_rows, 0)') }} as share,
    measures.newest_at,
    {{ days_between(local_day('measures.newest_at'), 'as_of.as_of_on') }} as days_before_as_of
from measures
cross join as_of
