{#- long: one short query per measure, stacked -#}
{%- set event_names = [
    'page_view', 'search', 'recommendation_click', 'add_to_cart', 'remove_from_cart', 'begin_checkout',
    'purchase', 'chat_started', 'add_to_favorites', 'remove_from_favorites', 'account_created',
    'newsletter_signup', 'login',
] -%}
{%- set tolerance = ' <= ' ~ setting('balance_tolerance') -%}
{%- set within = 'abs(beyond_goods)' ~ tolerance -%}
{%- set on_top = 'abs(beyond_goods - tax_amount)' ~ tolerance -%}
{%- set readings = {true: [within], false: [on_top]} -%}
{%- set readings = readings.get(var('prices_include_tax'), [within, on_top]) -%}
{%- set gaps = [
    {
        'measure': 'orders without e-mail', 'raw_table': 'orders', 'of': 'orders',
        'affected': "count(*) filter (where has_no_email)",
        'all': "count(*)",
    },
    {
        'measure': 'orders without a person', 'raw_table': 'orders', 'of': 'orders',
        'affected': "count(*) filter (where names_nobody)",
        'all': "count(*)",
        'amount': "sum(order_value_amount) filter (where names_nobody and is_valid)",
    },
    {
        'measure': 'orders of an unknown customer', 'raw_table': 'orders', 'of': 'orders',
        'affected': "count(*) filter (where names_a_stranger)",
        'all': "count(*)",
        'amount': "sum(order_value_amount) filter (where names_a_stranger and is_valid)",
    },
    {
        'measure': 'orders that do not add up', 'raw_table': 'orders', 'of': 'orders',
        'affected': "count(*) filter (where not adds_up)",
        'all': "count(adds_up)",
    },
    {
        'measure': 'refunds above their order', 'raw_table': 'refunds', 'of': 'orders',
        'affected': "count(*) filter (where refunded_too_much > 0)",
        'all': "count(*) filter (where refund_amount > 0)",
        'amount': "sum(refunded_too_much)",
    },
    {
        'measure': 'order lines of an unknown product', 'raw_table': 'order_lines', 'of': ref('int_order_lines'),
        'affected': "count(*) filter (where not has_known_product)",
        'all': "count(*)",
        'amount': "sum(line_amount) filter (where not has_known_product and is_valid)",
    },
    {
        'measure': 'sessions of a known person', 'raw_table': 'events', 'of': ref('sessions'),
        'affected': "count(*) filter (where substr(person_id, 1, 2) <> 'v:')",
        'all': "count(*)",
    },
    {
        'measure': 'events of an unknown name', 'raw_table': 'events', 'of': 'events',
        'affected': "unknown_name",
        'all': "events",
    },
    {
        'measure': 'events of an unknown customer', 'raw_table': 'events', 'of': 'events',
        'affected': "unknown_customer",
        'all': "named_customer",
    },
    {
        'measure': 'events of an unknown product', 'raw_table': 'events', 'of': 'events',
        'affected': "unknown_product",
        'all': "named_product",
    },
    {
        'measure': 'purchase events set aside as repeats', 'raw_table': 'events', 'of': 'events',
        'affected': "repeats",
        'all': "purchases",
    },
    {
        'measure': 'messages without a sent event', 'raw_table': 'message_events', 'of': 'messages',
        'affected': "count(*) filter (where not is_sent)",
        'all': "count(*)",
    },
    {
        'measure': 'contacts of unknown gender', 'raw_table': 'customers', 'of': 'people',
        'affected': "count(*) filter (where gender is null)",
        'all': "count(*)",
    },
    {
        'measure': 'contacts of unknown city', 'raw_table': 'customers', 'of': 'people',
        'affected': "count(*) filter (where city is null)",
        'all': "count(*)",
    },
    {
        'measure': 'contacts of unknown e-mail consent', 'raw_table': 'consents', 'of': 'people',
        'affected': "count(*) filter (where email_consent_status is null)",
        'all': "count(*)",
    },
    {
        'measure': 'contacts of unclear e-mail consent', 'raw_table': 'consents', 'of': 'people',
        'affected': "count(*) filter (where email_consent_status = 'unclear')",
        'all': "count(*)",
    },
    {
        'measure': 'contacts of unknown country', 'raw_table': 'customers', 'of': ref('contact_points'),
        'affected': "count(*) filter (where country_code is null)",
        'all': "count(*)",
    },
    {
        'measure': 'e-mails that are not usable', 'raw_table': 'customers', 'of': ref('contact_points'),
        'affected': "count(*) filter (where email_reason = 'unusable_address')",
        'all': "count(*) filter (where coalesce(email_reason, '') <> 'no_address')",
    },
    {
        'measure': 'phones that are not usable', 'raw_table': 'customers', 'of': ref('contact_points'),
        'affected': "count(*) filter (where phone_reason in ('wrong_characters', 'unknown_country', 'wrong_length'))",
        'all': "count(*) filter (where coalesce(phone_reason, '') <> 'no_address')",
    },
    {
        'measure': 'phones that people share', 'raw_table': 'customers', 'of': ref('contact_points'),
        'affected': "count(*) filter (where phone_reason = 'shared_number')",
        'all': "count(*) filter (where coalesce(phone_reason, '') <> 'no_address')",
    },
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

-- Lines and refunds of an order that was itself set aside only follow from it.
rejected_orders as (
    select distinct record_key as order_id
    from {{ ref('base_shop__orders') }}
    where
        rejection_reason is not null
        and record_key is not null
),

followers as (
    {% for table_name in ('order_lines', 'refunds') -%}
    select
        '{{ table_name }}' as raw_table,
        '' as detail,
        count(*) as affected_rows
    from {{ ref('base_shop__' ~ table_name) }} as rows_of_orders
    inner join rejected_orders on rows_of_orders.order_id = rejected_orders.order_id
    where rows_of_orders.rejection_reason = 'orphan_reference'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

rejected as (
    select
        raw_table,
        rejection_reason as detail,
        count(*) as affected_rows
    from {{ ref('rejected_records') }}
    group by
        raw_table,
        rejection_reason
),

-- Words that no list knows; what looks like more than a word may be personal, and is not shown.
unknown_words as (
    {% for source_name, table_name, column in [
        ('shop', 'orders', 'status'),
        ('crm', 'consents', 'channel'),
        ('crm', 'consents', 'status'),
        ('crm', 'message_events', 'event_type'),
    ] -%}
    {%- set unknown_channel = "channel not in (" ~ sql_texts(consent_channels()) ~ ")" -%}
    select
        '{{ table_name }}' as raw_table,
        '{{ column }} ' || words.word as detail,
        count(*) as affected_rows
    from (
        select
            case
                -- another column under this name may hold what must not be shown
                when
                    length({{ column }}) > 30
                    or translate({{ column }}, '0123456789@', '') <> {{ column }}
                    then '(a text with digits, an @ or more than 30 letters)'
                else {{ column }}
            end as word
        from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
        where
            rejection_reason = 'unknown_status'
            {%- if table_name == 'consents' %}
            and {{ unknown_channel if column == 'channel' else 'not ' ~ unknown_channel }}
            {%- endif %}
    ) as words
    group by words.word
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

unreadable as (
    {% for source_name, table_name in raw_tables() if source_name ~ '__' ~ table_name in (
        'shop__customers', 'shop__orders', 'shop__products', 'shop__reviews', 'web__events'
    ) -%}
    select
        '{{ table_name }}' as raw_table,
        -- each name has a semicolon after it
        replace(substr(unreadable_columns, 1, length(unreadable_columns) - 1), ';', ', ') as detail,
        count(*) as affected_rows
    from {{ ref('base_' ~ source_name ~ '__' ~ table_name) }}
    where
        rejection_reason is null
        and unreadable_columns <> ''
    group by unreadable_columns
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- What the raw tables hold beyond their contracts, mostly a name that was misspelt.
unread as (
    {% for raw_table, column in unread_columns() -%}
    select {{ sql_texts([raw_table]) }} as raw_table, {{ sql_texts([column]) }} as detail
    union all
    {% endfor -%}
    select
        raw_table,
        '' as detail
    from raw_tables
    where false
),

compared_orders as (
    select
        orders.order_value_amount,
        orders.refund_amount,
        orders.is_valid,
        case
            when orders.refund_amount > orders.order_value_amount
                then orders.refund_amount - orders.order_value_amount
        end as refunded_too_much,
        coalesce(staged.email_key, customers.email_key) is null as has_no_email,
        staged.customer_id is null and staged.email_key is null and staged.phone_key is null
            as names_nobody,
        staged.customer_id is not null and customers.customer_id is null as names_a_stranger,
        staged.total_amount - staged.subtotal_amount + staged.discount_amount
        - staged.shipping_amount as beyond_goods,
        staged.tax_amount
    from {{ ref('orders') }} as orders
    inner join {{ ref('stg_shop__orders') }} as staged on orders.order_id = staged.order_id
    left join {{ ref('stg_shop__customers') }} as customers
        on staged.customer_id = customers.customer_id
),

orders as (
    select
        *,
        -- known where total, shipping and tax are; nothing is converted
        case
            when tax_amount is not null then {{ readings | join(' or ') }}
        end as adds_up
    from compared_orders
),

events as (
    select
        count(*) as events,
        count(*) filter (where events.event_name not in ({{ sql_texts(event_names) }}))
            as unknown_name,
        count(events.customer_id) as named_customer,
        count(events.customer_id) filter (where customers.customer_id is null) as unknown_customer,
        count(events.product_id) as named_product,
        count(events.product_id) filter (where products.product_id is null) as unknown_product,
        count(*) filter (where events.event_name = 'purchase') as purchases,
        count(events.order_id) filter (where events.event_name = 'purchase')
        - count(distinct case when events.event_name = 'purchase' then events.order_id end)
            as repeats
    from {{ ref('stg_web__events') }} as events
    left join {{ ref('int_known_customers') }} as customers
        on events.customer_id = customers.customer_id
    left join {{ ref('stg_shop__products') }} as products
        on events.product_id = products.product_id
),

-- What was opened or clicked has arrived, and what has arrived was sent, if the service says so.
messages as (
    select
        person_id,
        message_id,
        count(*) filter (where event_type = 'sent') > 0 as is_sent
    from {{ ref('int_message_events') }}
    where event_type in ('sent', 'delivered', 'opened', 'clicked')
    group by
        person_id,
        message_id
),

-- One person with very many of something is often a placeholder that nobody has named yet.
ranked as (
    {% for measure, raw_table, relation in [
        ('customers of one person', 'customers', 'int_known_customers'),
        ('visitors of one person', 'events', 'int_visitor_keys'),
        ('orders of one person', 'orders', 'orders'),
    ] -%}
    select
        '{{ measure }}' as measure,
        '{{ raw_table }}' as raw_table,
        person_id,
        count(*) as affected_rows,
        sum(count(*)) over () as all_rows,
        row_number() over (order by count(*) desc, {{ byte_order('person_id') }} asc) as place
    from {{ ref(relation) }}
    where person_id is not null
    group by person_id
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
        cast(null as decimal(38, 4)) as affected_amount
    from raw_tables
    union all
    {% for measure, relation, affected_rows, all_rows in [
        ('rejected rows', 'rejected', 'counted.affected_rows', 'raw_rows'),
        ('rejected with their order', 'followers', 'counted.affected_rows', 'raw_rows'),
        ('unknown words', 'unknown_words', 'counted.affected_rows', 'raw_rows'),
        ('unreadable optional values', 'unreadable', 'counted.affected_rows', 'staged_rows'),
        ('columns that are not read', 'unread', 'raw_tables.raw_rows', 'raw_rows'),
    ] -%}
    select
        '{{ measure }}' as measure,
        counted.raw_table,
        counted.detail,
        {{ affected_rows }} as affected_rows,
        raw_tables.{{ all_rows }} as all_rows,
        null as affected_amount
    from {{ relation }} as counted
    inner join raw_tables on counted.raw_table = raw_tables.raw_table
    union all
    {% endfor -%}
    {% for gap in gaps -%}
    select
        '{{ gap.measure }}' as measure,
        '{{ gap.raw_table }}' as raw_table,
        '' as detail,
        {{ gap.affected }} as affected_rows,
        {{ gap['all'] }} as all_rows,
        {{ gap.amount | default('null') }} as affected_amount
    from {{ gap.of }}
    union all
    {% endfor -%}
    select
        'contacts who may be written to' as measure,
        'consents' as raw_table,
        channel as detail,
        count(*) filter (where is_allowed) as affected_rows,
        count(*) as all_rows,
        null as affected_amount
    from {{ ref('contact_permissions') }}
    group by channel
    union all
    select
        measure,
        raw_table,
        person_id as detail,
        affected_rows,
        all_rows,
        null as affected_amount
    from ranked
    where
        place <= 3
        and affected_rows > 1
)

select
    measures.measure,
    measures.raw_table,
    measures.detail,
    cast(measures.affected_rows as bigint) as affected_rows,
    cast(measures.all_rows as bigint) as all_rows,
    {{ rounded_ratio('measures.affected_rows', 'nullif(measures.all_rows, 0)') }} as share,
    cast(measures.affected_amount as decimal(38, 4)) as affected_amount,
    newest.newest_at,
    {{ days_between(local_day('newest.newest_at'), 'as_of.as_of_on') }} as days_before_as_of
from measures
cross join as_of
left join raw_tables as newest
    on
        measures.measure = 'freshness'
        and measures.raw_table = newest.raw_table
