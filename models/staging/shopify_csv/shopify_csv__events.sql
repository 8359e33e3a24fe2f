{{ config(enabled=is_asked('shopify_csv'), materialized=of_files()) }}

-- Carts without a tracker: the export of abandoned checkouts has the layout of the orders.
with

checkouts as (
    select
        coalesce({{ trimmed('name') }}, {{ without_apostrophe(trimmed('id')) }}) as checkout,
        {{ trimmed('email') }} as email,
        {{ trimmed('created_at') }} as created_at,
        {{ trimmed('total') }} as total,
        file_number,
        raw_file
    from {{ raw_table('shopify_csv', 'checkouts') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by checkout
            order by file_number desc, {{ byte_order('created_at') }}, {{ byte_order('total') }}
        ) as row_rank
    from checkouts
    -- on a checkout's first row only
    where total is not null
)

select
    'checkout:' || checkout as event_id,
    'begin_checkout' as event_name,
    created_at as occurred_at,
    'checkout:' || checkout as visitor_id,
    email,
    raw_file
from ranked
where row_rank = 1
