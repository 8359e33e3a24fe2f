{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'refunds') }},

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
        staged_orders.staged_order_id,
        staged_orders.exchange_rate
    from typed
    left join staged_orders on typed.order_id = staged_orders.staged_order_id
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ local_day('refunded_at') }} as refunded_on,
        {{ rejection_reason('shop', 'refunds', own_rules=[
            ('orphan_reference', 'staged_order_id is null'),
        ], large_products=[
            exceeds_12_digits('amount', 'exchange_rate'),
        ]) }} as rejection_reason
    from matched
)
{{- staged_and_rejected('shop', 'refunds', derived_columns=['refunded_on']) }}
