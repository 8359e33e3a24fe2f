{{ config(tags=['proof']) }}

-- long: who came back after a first order with the product, and what its orders cost
-- The ends of the interval are where the share lies z standard errors away (Wilson).
{%- set z = floating(setting('effect_interval_z')) %}
with

held as (
    select distinct
        order_lines.order_id,
        products.product_id
    from {{ ref('order_lines') }} as order_lines
    inner join {{ ref('stg_shop__products') }} as products
        on order_lines.product_id = products.product_id
    where order_lines.quantity > 0
),

ordered as (
    select
        person_id,
        order_id,
        ordered_on,
        days_ago,
        row_number() over (
            partition by person_id
            order by ordered_at, {{ byte_order('order_id') }}
        ) as place
    from {{ ref('proof_orders') }}
    where person_id is not null
),

firsts as (
    select
        ordered.order_id,
        case when ordered.days_ago >= {{ setting('effect_days') }} then 1 end as is_observed,
        case
            when
                ordered.days_ago >= {{ setting('effect_days') }}
                and min({{ days_between('ordered.ordered_on', 'later.ordered_on') }})
                <= {{ setting('effect_days') }}
                then 1
        end as is_back
    from ordered
    left join ordered as later
        on
            ordered.person_id = later.person_id
            and ordered.ordered_on < later.ordered_on
    where ordered.place = 1
    group by
        ordered.order_id,
        ordered.days_ago
),

shop as (
    select
        {{ wide('count(is_observed)') }} as observed,
        {{ wide('count(is_back)') }} as back
    from firsts
),

begun as (
    select
        held.product_id,
        count(*) as first_order_buyers,
        {{ wide('count(firsts.is_observed)') }} as observed,
        {{ wide('count(firsts.is_back)') }} as back
    from firsts
    inner join held on firsts.order_id = held.order_id
    group by held.product_id
),

paid as (
    select
        order_id,
        person_id,
        ordered_at,
        order_value_amount,
        refund_amount
    from {{ ref('orders') }}
    where
        status = 'refunded'
        {% for status in setting('valid_order_statuses') -%}
        or status = {{ sql_text(status) }}
        {% endfor %}
),

ticket_orders as (
    select
        paid.order_id,
        row_number() over (
            partition by tickets.ticket_id
            order by paid.ordered_at desc, {{ byte_order('paid.order_id') }}
        ) as place
    from {{ ref('stg_crm__support_tickets') }} as tickets
    inner join {{ ref('as_of') }} as as_of on tickets.opened_on <= as_of.as_of_on
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            person_keys.key_type = 'customer'
            and tickets.customer_id = person_keys.key_value
    inner join paid
        on
            person_keys.person_id = paid.person_id
            and tickets.opened_at >= paid.ordered_at
),

tickets as (
    select
        order_id,
        count(*) as tickets
    from ticket_orders
    where place = 1
    group by order_id
),

costs as (
    select
        held.product_id,
        {{ wide('count(*)') }} as paid_orders,
        {{ in_units('sum(paid.order_value_amount)', 10000) }} as order_value,
        {{ in_units('sum(paid.refund_amount)', 10000) }} as refunds,
        {{ wide('coalesce(sum(tickets.tickets), 0)') }} as tickets
    from paid
    inner join held on paid.order_id = held.order_id
    left join tickets on paid.order_id = tickets.order_id
    group by held.product_id
),

shares as (
    select
        costs.product_id,
        coalesce(begun.first_order_buyers, 0) as first_order_buyers,
        coalesce(begun.observed, 0) as observed,
        coalesce(begun.back, 0) as back,
        {{ recounted_ratio('begun.back', 'nullif(begun.observed, 0)') }} as share_again,
        {{ recounted_ratio('shop.back', 'nullif(shop.observed, 0)') }} as shop_share_again,
        cast(shop.back as {{ double_type() }}) / nullif(shop.observed, 0) as shop_share,
        cast(begun.back as {{ double_type() }}) / nullif(begun.observed, 0) as share,
        {{ z }} * {{ z }} / nullif(cast(begun.observed as {{ double_type() }}), 0) as zz_n,
        costs.paid_orders,
        {{ recounted_ratio('costs.refunds', 'nullif(costs.order_value, 0)') }} as refund_share,
        {{ recounted_ratio('costs.tickets', 'costs.paid_orders') }} as tickets_per_order
    from costs
    cross join shop
    left join begun on costs.product_id = begun.product_id
),

intervals as (
    select
        product_id,
        (share + zz_n / 2 - sqrt(zz_n * share * (1 - share) + zz_n * zz_n / 4)) / (1 + zz_n)
        - shop_share as low,
        (share + zz_n / 2 + sqrt(zz_n * share * (1 - share) + zz_n * zz_n / 4)) / (1 + zz_n)
        - shop_share as high
    from shares
),

recounted as (
    select
        shares.product_id,
        shares.first_order_buyers,
        shares.observed as observed_buyers,
        shares.back as observed_buyers_again,
        shares.share_again,
        shares.shop_share_again,
        shares.share_again - shares.shop_share_again as difference,
        cast(intervals.low as decimal(18, 4)) as difference_low,
        cast(intervals.high as decimal(18, 4)) as difference_high,
        shares.paid_orders,
        shares.refund_share,
        shares.tickets_per_order,
        shares.observed >= {{ setting('effect_min_buyers') }}
        and coalesce(intervals.high < 0, false) as is_harmful
    from shares
    inner join intervals on shares.product_id = intervals.product_id
)

{{ rows_that_differ(ref('product_effects'), 'recounted', [
    'product_id', 'first_order_buyers', 'observed_buyers', 'observed_buyers_again', 'share_again',
    'shop_share_again', 'difference', 'difference_low', 'difference_high', 'paid_orders',
    'refund_share', 'tickets_per_order', 'is_harmful'
]) }}
