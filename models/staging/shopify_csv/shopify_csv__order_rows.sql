{{ config(materialized='table', enabled=is_asked('shopify_csv')) }}

-- Rows of the orders export, read once: of an order that is in several files those of the latest.
with

export_rows as (
    select
        {%- for name in [
            'name', 'financial_status', 'fulfillment_status', 'subtotal', 'total', 'discount_code',
            'cancelled_at', 'refunded_amount', 'source', 'lineitem_name', 'lineitem_quantity',
            'lineitem_price',
        ] %}
        {{ trimmed(name) }} as {{ name }},
        {%- endfor %}
        -- staging trims what is only handed on
        email,
        currency,
        shipping,
        taxes,
        shipping_method,
        created_at,
        payment_method,
        shipping_city,
        shipping_country,
        lineitem_sku,
        lineitem_discount,
        {{ first_filled(['phone', 'billing_phone', 'shipping_phone']) }} as phone,
        file_number
    from {{ raw_table('shopify_csv', 'orders') }}
),

{{ latest_rows('export_rows', 'name', 'financial_status is not null') }}

select
    name,
    -- an order's own columns are in its first row only
    financial_status is not null as is_order,
    email,
    {{ lower_case('financial_status') }} as financial_status,
    {{ lower_case('fulfillment_status') }} as fulfillment_status,
    currency,
    subtotal,
    shipping,
    taxes,
    total,
    discount_code,
    shipping_method,
    created_at,
    cancelled_at,
    payment_method,
    refunded_amount,
    {{ lower_case('source') }} as source,
    shipping_city,
    shipping_country,
    -- a spreadsheet keeps what looks like a number as text by an apostrophe
    {{ without_apostrophe('phone') }} as phone,
    lineitem_name,
    lineitem_sku,
    lineitem_quantity,
    lineitem_price,
    lineitem_discount,
    lineitem_name = 'Tip' as is_tip,
    cast(file_number as bigint) as file_number
from latest_rows
