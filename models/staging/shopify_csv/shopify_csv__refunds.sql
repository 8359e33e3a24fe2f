{{ config(enabled=is_asked('shopify_csv')) }}

-- Of the transactions export, the only one with the days of refunds. Without it the sum in the
-- orders export counts. A transaction has no id: equal ones are numbered within a file.
with

transactions as (
    select
        {{ trimmed('name') }} as order_id,
        {{ trimmed('created_at') }} as created_at,
        {{ trimmed('amount') }} as amount,
        file_number
    from {{ raw_table('shopify_csv', 'transactions') }}
    where
        {{ lower_case(trimmed('kind')) }} = 'refund'
        and {{ lower_case(trimmed('status')) }} = 'success'
),

numbered as (
    select
        *,
        row_number() over (
            partition by order_id, created_at, amount, file_number
            order by file_number
        ) as same_number
    from transactions
),

latest as (
    select
        *,
        row_number() over (
            partition by order_id, created_at, amount, same_number
            order by file_number desc
        ) as file_rank
    from numbered
),

orders as (
    select
        name as order_name,
        {{ parse_number('subtotal', 12, 6) }} as paid_amount,
        {{ parse_number('total', 12, 6) }} as charged_amount
    from {{ ref('shopify_csv__order_rows') }}
    where is_order
)

select
    latest.order_id || ' ' || latest.created_at || ' ' || latest.amount || ' '
    || cast(latest.same_number as {{ dbt.type_string() }}) as refund_id,
    latest.order_id,
    latest.created_at as refunded_at,
    {{ amount_text(
        goods_share(parse_number('latest.amount', 12, 6), 'orders.paid_amount', 'orders.charged_amount'),
        'latest.amount',
    ) }} as amount
from latest
left join orders on latest.order_id = orders.order_name
where latest.file_rank = 1
