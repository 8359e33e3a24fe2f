-- long: every column of a visit is a decision, and they stand side by side
{{ config(enabled=is_asked('ga4'), materialized=of_files()) }}

-- A view_item comes with the page_view of the same page: together they are the view of a product
-- page. One without is such a view of its own. Both are of one day of the export: days are loaded
-- one by one.
with

event_rows as (
    select *
    from {{ ref('ga4__event_rows') }}
),

product_pages as (
    select
        export_day,
        visitor_id,
        ga_session_id,
        page_location,
        min(product_id) as page_product
    from event_rows
    where event_name = 'view_item'
    group by export_day, visitor_id, ga_session_id, page_location
),

viewed_pages as (
    select distinct
        export_day,
        visitor_id,
        ga_session_id,
        page_location
    from event_rows
    where event_name = 'page_view'
),

paged as (
    select
        event_rows.*,
        product_pages.visitor_id is not null as is_product_page,
        product_pages.page_product,
        row_number() over (
            partition by
                event_rows.raw_file,
                event_rows.visitor_id,
                event_rows.event_timestamp,
                event_rows.event_name,
                event_rows.event_bundle_sequence_id,
                event_rows.batch_event_index
            order by
                {{ byte_order('event_rows.page_location') }} nulls last,
                {{ byte_order('event_rows.product_id') }} nulls last,
                {{ byte_order('event_rows.search_term') }} nulls last,
                {{ byte_order('event_rows.order_id') }} nulls last,
                {{ byte_order('event_rows.transaction_id') }} nulls last
        ) as same_number
    from event_rows
    left join product_pages
        on
            event_rows.event_name in ('page_view', 'view_item')
            and event_rows.export_day = product_pages.export_day
            and event_rows.visitor_id = product_pages.visitor_id
            and event_rows.ga_session_id = product_pages.ga_session_id
            and event_rows.page_location = product_pages.page_location
    left join viewed_pages
        on
            event_rows.event_name = 'view_item'
            and event_rows.export_day = viewed_pages.export_day
            and event_rows.visitor_id = viewed_pages.visitor_id
            and event_rows.ga_session_id = viewed_pages.ga_session_id
            and event_rows.page_location = viewed_pages.page_location
    where viewed_pages.visitor_id is null
)

select
    {{ sha256(
        "visitor_id || ' ' || event_timestamp || ' ' || event_name || ' ' || coalesce(event_bundle_sequence_id, '') || ' '"
        " || coalesce(batch_event_index, '') || ' ' || cast(same_number as " ~ dbt.type_string() ~ ')'
    ) }} as event_id,
    case when event_name = 'view_item' then 'page_view' else event_name end as event_name,
    {{ micros_as_text('event_timestamp') }} as occurred_at,
    visitor_id,
    customer_id,
    ga_session_id as session_id,
    page_location as page_url,
    case when is_product_page or event_name = 'view_item' then 'product' end as page_type,
    coalesce(page_product, product_id) as product_id,
    search_term,
    case when event_name = 'purchase' then coalesce(order_id, transaction_id) end as order_id,
    {%- for name in ['source', 'medium', 'campaign'] %}
    {%- set told = 'coalesce(' ~ name ~ ', session_' ~ name ~ ')' %}
    case
        when
            {{ told }} not in (
                '<Other>', '(data deleted)', '(direct)', '(none)', '(organic)', '(referral)',
                '(not set)'
            )
            then {{ told }}
    end as traffic_{{ name }},
    {%- endfor %}
    device_type,
    platform,
    raw_file
from paged
