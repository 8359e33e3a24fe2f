{{ config(tags=['proof']) }}

-- Person by person, and so in all: the amounts of a person are the sums over the orders that count.
with

summed as (
    select
        people.person_id,
        count(orders.order_id) as orders,
        coalesce(sum(orders.gross_amount), 0) as gross_amount,
        coalesce(sum(orders.discount_amount), 0) as discount_amount,
        coalesce(sum(orders.order_value_amount), 0) as order_value_amount,
        coalesce(sum(orders.refund_amount), 0) as refund_amount,
        coalesce(sum(orders.net_revenue_amount), 0) as net_revenue_amount
    from {{ ref('people') }} as people
    left join {{ ref('orders') }} as orders
        on
            people.person_id = orders.person_id
            and orders.is_valid
    group by people.person_id
    union all
    -- an order of an unknown person would be missing from the sums above
    select
        orders.person_id,
        count(*) as orders,
        sum(orders.gross_amount) as gross_amount,
        sum(orders.discount_amount) as discount_amount,
        sum(orders.order_value_amount) as order_value_amount,
        sum(orders.refund_amount) as refund_amount,
        sum(orders.net_revenue_amount) as net_revenue_amount
    from {{ ref('orders') }} as orders
    left join {{ ref('people') }} as people on orders.person_id = people.person_id
    where
        orders.person_id is not null
        and people.person_id is null
    group by orders.person_id
)

{{ rows_that_differ(
    ref('people'), 'summed', [
        'person_id', 'orders', 'gross_amount', 'discount_amount', 'order_value_amount',
        'refund_amount', 'net_revenue_amount'
    ]
) }}
