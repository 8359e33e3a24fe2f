-- A share of a price is the same in every currency: it is judged in the order's own, before
-- anything is rounded.
with

discounts as (
    select
        order_id,
        '' as order_line_id,
        cast(discount_amount as decimal(38, 6)) as discount_amount,
        cast(subtotal_amount as decimal(34, 9)) as list_amount
    from {{ ref('stg_shop__orders') }}
    union all
    select
        order_id,
        order_line_id,
        cast(discount_amount as decimal(38, 6)) as discount_amount,
        cast(quantity as decimal(19, 3)) * unit_price as list_amount
    from {{ ref('stg_shop__order_lines') }}
)

select
    discounts.order_id,
    discounts.order_line_id,
    orders.person_id,
    orders.ordered_at,
    orders.ordered_on,
    cast(discounts.discount_amount as decimal(38, 6)) as discount_amount,
    cast(discounts.list_amount as decimal(34, 9)) as list_amount,
    {{ rounded_ratio('100 * discounts.discount_amount', 'discounts.list_amount') }}
        as discount_percent
from discounts
inner join {{ ref('int_orders') }} as orders on discounts.order_id = orders.order_id
where
    orders.is_valid
    and orders.person_id is not null
    and discounts.discount_amount > 0
