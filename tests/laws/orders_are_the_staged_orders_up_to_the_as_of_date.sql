{{ config(tags=['proof']) }}

-- Staged orders whose local day is not after the as-of date = rows of the mart, which know of no
-- later delivery.
with

staged as (
    select
        orders.order_id,
        case
            when {{ local_day('orders.delivered_at') }} <= as_of.as_of_on then orders.delivered_at
        end as delivered_at
    from {{ ref('stg_shop__orders') }} as orders
    cross join {{ ref('as_of') }} as as_of
    where {{ local_day('orders.ordered_at') }} <= as_of.as_of_on
)

{{ rows_that_differ(ref('orders'), 'staged', ['order_id', 'delivered_at']) }}
