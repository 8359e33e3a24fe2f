{{ config(enabled=is_asked('woocommerce')) }}

-- The goods among what was refunded: its lines, where it has any, else a part of the amount.
with

items as (
    select
        id as refund_of,
        {{ json_items('line_items') }} as item
    from {{ raw_table('woocommerce', 'refunds') }}
),

goods as (
    select
        refund_of,
        sum(abs({{ parse_number(in_json('item', ['total']), 12, 6) }})) as goods_amount,
        sum(abs(coalesce({{ parse_number(in_json('item', ['total_tax']), 12, 6) }}, 0))) as tax_amount
    from items
    group by refund_of
),

orders as (
    select
        orders.id as order_id,
        {{ lower_case('orders.prices_include_tax') }} = 'true' as is_with_tax,
        {{ parse_number('orders.total', 12, 6) }} as charged_amount,
        lines.paid_amount
    from {{ raw_table('woocommerce', 'orders', 'orders') }}
    left join (
        select
            order_id as lines_of,
            cast(sum(total_amount) as decimal(18, 6)) as paid_amount
        from {{ ref('woocommerce__line_rows') }}
        group by order_id
    ) as lines on orders.id = lines.lines_of
)

select
    refunds.id as refund_id,
    coalesce(nullif(refunds.parent_id, '0'), refunds.order_id) as order_id,
    {{ as_utc(trimmed('refunds.date_created_gmt')) }} as refunded_at,
    case
        when goods.goods_amount > 0
            then cast(
                goods.goods_amount + case when orders.is_with_tax then goods.tax_amount else 0 end
                as {{ dbt.type_string() }}
            )
        else {{ amount_text(
            goods_share(parse_number('refunds.amount', 12, 6), 'orders.paid_amount', 'orders.charged_amount'),
            'refunds.amount',
        ) }}
    end as amount
from {{ raw_table('woocommerce', 'refunds', 'refunds') }}
left join goods on refunds.id = goods.refund_of
left join orders on coalesce(nullif(refunds.parent_id, '0'), refunds.order_id) = orders.order_id
