{{ config(materialized='table') }}

with

{{ typed_rows('shop', 'order_lines') }},

staged_orders as (
    select order_id as staged_order_id
    from {{ ref('stg_shop__orders') }}
),

matched as {{ inline_cte() }} (
    select
        typed.*,
        staged_orders.staged_order_id
    from typed
    left join staged_orders on typed.order_id = staged_orders.staged_order_id
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('shop', 'order_lines', own_rules=[
            ('negative_amount', 'discount_amount > quantity * unit_price'),
            ('orphan_reference', 'staged_order_id is null'),
        ]) }} as rejection_reason
    from matched
)
{{- staged_and_rejected('shop', 'order_lines') }}
