{{ config(enabled=is_asked('shopify')) }}

-- Of goods: the lines that were refunded, and what was given back beyond or short of them. Payments
-- would not do: an order may be paid in two.
with

lines as (
    select
        refund_id as lines_of,
        sum({{ parse_number('subtotal_set_shop_amount', 12, 6) }}) as goods_amount
    from {{ raw_table('shopify', 'order_line_refund') }}
    group by refund_id
),

adjustments as (
    select
        refund_id as adjustment_of,
        sum({{ parse_number('amount_set_shop_amount', 12, 6) }}) as adjusted_amount
    from {{ raw_table('shopify', 'order_adjustment') }}
    where coalesce({{ lower_case('reason') }}, '') not like '%shipping%'
    group by refund_id
)

select
    refunds.id as refund_id,
    refunds.order_id,
    {{ as_utc(trimmed('refunds.created_at')) }} as refunded_at,
    cast(case
        when coalesce(lines.goods_amount, 0) > coalesce(adjustments.adjusted_amount, 0)
            then coalesce(lines.goods_amount, 0) - coalesce(adjustments.adjusted_amount, 0)
        else 0
    end as {{ dbt.type_string() }}) as amount
from {{ raw_table('shopify', 'refund', 'refunds') }}
left join lines on refunds.id = lines.lines_of
left join adjustments on refunds.id = adjustments.adjustment_of
