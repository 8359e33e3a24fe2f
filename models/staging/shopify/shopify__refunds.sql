{{ config(enabled=is_asked('shopify')) }}

-- Of goods: the lines that were refunded, and what was given back beyond or short of them. Payments
-- would not do: an order may be paid in two.
{%- set record_lists = {'lines': 'refund_line_items', 'adjustments': 'order_adjustments'} %}
with

{% for name, column in record_lists.items() %}
{{ name }} as (
    select
        id as part_of,
        {{ json_items(column) }} as part
    from {{ raw_table('shopify', 'order_refunds') }}
),
{% endfor %}
given as (
    select
        refund_id,
        {{ parse_number('subtotal_set_shop_amount', 12, 6) }} as amount
    from {{ raw_table('shopify', 'order_line_refund') }}
    union all
    select
        refund_id,
        -{{ parse_number('amount_set_shop_amount', 12, 6) }} as amount
    from {{ raw_table('shopify', 'order_adjustment') }}
    where coalesce({{ lower_case('reason') }}, '') not like '%shipping%'
    union all
    select
        part_of as refund_id,
        {{ parse_number(in_json('part', ['subtotal']), 12, 6) }} as amount
    from lines
    union all
    select
        part_of as refund_id,
        -{{ parse_number(in_json('part', ['amount']), 12, 6) }} as amount
    from adjustments
    where coalesce({{ lower_case(in_json('part', ['kind'])) }}, '') not like '%shipping%'
),

sums as (
    select
        refund_id as sum_of,
        sum(amount) as amount
    from given
    group by refund_id
),

refunds as (
    {%- for table in ['refund', 'order_refunds'] %}
    select
        id,
        order_id,
        created_at
    from {{ raw_table('shopify', table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    refunds.id as refund_id,
    refunds.order_id,
    {{ as_utc(trimmed('refunds.created_at')) }} as refunded_at,
    cast(case when sums.amount > 0 then sums.amount else 0 end as {{ dbt.type_string() }}) as amount
from refunds
left join sums on refunds.id = sums.sum_of
