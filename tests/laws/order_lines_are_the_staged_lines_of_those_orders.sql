{{ config(tags=['proof']) }}

-- Staged lines whose order's local day is not after the as-of date = rows of the mart.
with

staged as (
    select
        order_lines.order_line_id,
        order_lines.order_id,
        order_lines.product_id,
        order_lines.quantity
    from {{ ref('stg_shop__order_lines') }} as order_lines
    where order_lines.order_id in (
        select orders.order_id
        from {{ ref('stg_shop__orders') }} as orders
        cross join {{ ref('as_of') }} as as_of
        where {{ local_day('orders.ordered_at') }} <= as_of.as_of_on
    )
)

{{ rows_that_differ(
    ref('order_lines'), 'staged', ['order_line_id', 'order_id', 'product_id', 'quantity']
) }}
