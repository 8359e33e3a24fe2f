-- The ways in which each person ever bought: channels, shipping methods and payment methods.
with

orders as (
    select
        person_id,
        sales_channel,
        shipping_method,
        payment_method,
        count(*) as orders,
        max(ordered_at) as last_ordered_at
    from {{ ref('int_orders') }}
    where
        is_valid
        and person_id is not null
    group by
        person_id,
        sales_channel,
        shipping_method,
        payment_method
),

channels as (
    {% for kind in ('sales_channel', 'shipping_method', 'payment_method') -%}
    select
        person_id,
        '{{ kind }}' as channel_kind,
        {{ kind }} as channel,
        orders,
        last_ordered_at
    from orders
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    person_id,
    channel_kind,
    channel,
    cast(sum(orders) as integer) as orders,
    max(last_ordered_at) as last_ordered_at
from channels
where channel is not null
group by
    person_id,
    channel_kind,
    channel
