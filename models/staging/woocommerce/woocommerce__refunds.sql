{{ config(enabled=is_asked('woocommerce')) }}

-- The goods among what was refunded: its lines, where it has any, else a part of the amount.
with

goods as (
    select
        item_of as refund_of,
        sum(abs(total)) as goods_amount,
        sum(abs(coalesce(total_tax, 0))) as tax_amount
    from {{ ref('woocommerce__item_rows') }}
    group by item_of
),

paid as (
    select
        order_id as paid_of,
        cast(sum(total_amount) as decimal(18, 6)) as paid_amount
    from {{ ref('woocommerce__line_rows') }}
    group by order_id
),

orders as (
    select
        orders.id as order_id,
        orders.is_with_tax,
        {{ parse_number('orders.total', 12, 6) }} as charged_amount,
        paid.paid_amount
    from {{ ref('woocommerce__order_rows') }} as orders
    left join paid on orders.id = paid.paid_of
),

told as (
    select
        id,
        coalesce(nullif(parent_id, '0'), order_id) as order_id,
        date_created_gmt,
        amount
    from {{ raw_table('woocommerce', 'refunds') }}
    union all
    select
        id,
        parent_id as order_id,
        date_created_gmt,
        {{ 'trim(leading ' ~ sql_texts(['-']) ~ ' from total)' }} as amount
    from {{ ref('woocommerce__stored_orders') }}
    where kind = 'shop_order_refund'
),

refunds as (
    select
        *,
        {{ parse_number('amount', 12, 6) }} as refunded
    from told
)

select
    refunds.id as refund_id,
    refunds.order_id,
    {{ as_utc(trimmed('refunds.date_created_gmt')) }} as refunded_at,
    case
        when goods.goods_amount > 0
            then cast(
                goods.goods_amount + case when orders.is_with_tax then goods.tax_amount else 0 end
                as {{ dbt.type_string() }}
            )
        else {{ amount_text(
            goods_share('refunds.refunded', 'orders.paid_amount', 'orders.charged_amount'),
            'refunds.amount',
        ) }}
    end as amount
from refunds
left join goods on refunds.id = goods.refund_of
left join orders on refunds.order_id = orders.order_id
