-- long: what followed a first order, refunds and tickets are three counts of one product
{%- set again_days = setting('effect_days') %}
{%- set z = as_double(setting('effect_interval_z')) %}
{%- set exact_z = "cast('" ~ setting('effect_interval_z') ~ "' as decimal(4, 2))" %}
with

-- an order refunded in full counts too: it is what a harmful product leaves behind
paid_orders as (
    select
        order_id,
        person_id,
        ordered_at,
        ordered_on,
        is_valid,
        order_value_amount,
        refund_amount
    from {{ ref('int_orders') }}
    where status in ({{ sql_texts(setting('valid_order_statuses') + ['refunded']) }})
),

order_products as (
    select distinct
        lines.order_id,
        lines.product_id
    from {{ ref('int_order_lines') }} as lines
    where
        lines.has_known_product
        and lines.quantity > 0
),

ranked_orders as (
    select
        person_id,
        order_id,
        ordered_on,
        row_number() over (
            partition by person_id order by ordered_at, {{ byte_order('order_id') }}
        ) as order_number
    from paid_orders
    where
        is_valid
        and person_id is not null
),

-- whoever buys a second time does so on the day after the first purchase that is next
first_orders as (
    select
        ranked_orders.order_id,
        case
            when ranked_orders.ordered_on <= {{ add_days('as_of.as_of_on', -again_days) }} then 1
        end as is_observed,
        case
            when
                purchases.next_purchased_on
                <= {{ add_days('ranked_orders.ordered_on', again_days) }}
                and ranked_orders.ordered_on <= {{ add_days('as_of.as_of_on', -again_days) }}
                then 1
        end as is_again
    from ranked_orders
    inner join {{ ref('int_purchases') }} as purchases
        on
            ranked_orders.person_id = purchases.person_id
            and ranked_orders.ordered_on = purchases.purchased_on
    cross join {{ ref('as_of') }} as as_of
    where ranked_orders.order_number = 1
),

-- null where there is none to divide by
shop as (
    select
        sum(is_observed) as observed,
        count(is_again) as observed_again
    from first_orders
),

counted as (
    select
        order_products.product_id,
        count(first_orders.order_id) as first_order_buyers,
        count(first_orders.is_observed) as observed,
        count(first_orders.is_again) as observed_again,
        count(*) as paid_orders,
        cast(sum(paid_orders.refund_amount) as decimal(38, 4)) as refund_amount,
        cast(sum(paid_orders.order_value_amount) as decimal(38, 4)) as order_value_amount,
        coalesce(sum(order_tickets.tickets), 0) as tickets
    from order_products
    inner join paid_orders on order_products.order_id = paid_orders.order_id
    left join first_orders on order_products.order_id = first_orders.order_id
    left join {{ ref('int_order_tickets') }} as order_tickets
        on order_products.order_id = order_tickets.order_id
    group by order_products.product_id
),

compared as (
    select
        counted.*,
        shop.observed as shop_observed,
        shop.observed_again as shop_observed_again,
        cast(
            counted.observed_again * shop.observed - shop.observed_again * counted.observed
            as decimal(38, 0)
        ) as surplus,
        cast(counted.observed as decimal(38, 0))
        * cast(shop.observed_again * (shop.observed - shop.observed_again) as decimal(38, 0))
            as spread
    from counted
    cross join shop
)

select
    compared.product_id,
    cast(compared.first_order_buyers as bigint) as first_order_buyers,
    cast(compared.observed as bigint) as observed_buyers,
    cast(compared.observed_again as bigint) as observed_buyers_again,
    {{ rounded_ratio('compared.observed_again', 'nullif(compared.observed, 0)') }} as share_again,
    {{ rounded_ratio('compared.shop_observed_again', 'compared.shop_observed') }}
        as shop_share_again,
    cast(
        {{ rounded_ratio('compared.observed_again', 'nullif(compared.observed, 0)') }}
        - {{ rounded_ratio('compared.shop_observed_again', 'compared.shop_observed') }}
        as decimal(18, 4)
    ) as difference,
    {%- for end, sign in {'low': '-', 'high': '+'}.items() %}
    cast(
        (
            compared.observed_again + {{ z }} * {{ z }} / 2
            {{ sign }} {{ z }} * sqrt(
                {{ as_double('compared.observed_again') }}
                * (compared.observed - compared.observed_again)
                / nullif(compared.observed, 0)
                + {{ z }} * {{ z }} / 4
            )
        )
        / (compared.observed + {{ z }} * {{ z }})
        - {{ as_double('compared.shop_observed_again') }} / compared.shop_observed
        as decimal(18, 4)
    ) as difference_{{ end }},
    {%- endfor %}
    cast(compared.paid_orders as bigint) as paid_orders,
    {{ rounded_ratio('compared.refund_amount', 'nullif(compared.order_value_amount, 0)') }}
        as refund_share,
    {{ rounded_ratio('compared.tickets', 'compared.paid_orders') }} as tickets_per_order,
    -- the interval's upper end is below the shop's share: squared and multiplied out, so exact
    compared.observed >= {{ setting('effect_min_buyers') }}
    and compared.surplus < 0
    and compared.surplus * compared.surplus
    > {{ exact_z }} * {{ exact_z }} * compared.spread as is_harmful
from compared
