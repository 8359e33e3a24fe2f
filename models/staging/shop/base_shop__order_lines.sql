{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'order_lines') }},

staged_orders as (
    select
        order_id as staged_order_id,
        exchange_rate
    from {{ ref('base_shop__orders') }}
    where rejection_reason is null
),

matched as {{ inline_cte() }} (
    select
        typed.*,
        -- 18 digits would not hold the product
        cast(typed.quantity as decimal(19, 3)) * typed.unit_price as list_amount,
        staged_orders.staged_order_id,
        staged_orders.exchange_rate
    from typed
    left join staged_orders on typed.order_id = staged_orders.staged_order_id
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('shop', 'order_lines', own_rules=[
            (
                'negative_amount',
                'discount_amount > list_amount'
                ' or (' ~ is_too_large(raw_column('shop', 'order_lines', 'discount_amount'))
                ~ ' and list_amount < 1000000000000)',
            ),
            ('orphan_reference', 'staged_order_id is null'),
        ], large_products=[
            exceeds_12_digits('list_amount', 'exchange_rate'),
        ]) }} as rejection_reason
    from matched
)
{{- staged_and_rejected('shop', 'order_lines') }}
