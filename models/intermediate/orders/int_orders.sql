-- long: the one place that says what an order is: refunds, money and validity
with

orders as (
    select *
    from {{ ref('stg_shop__orders') }}
),

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

rated as (
    select
        orders.*,
        coalesce(customers.person_id, emails.person_id, phones.person_id) as person_id,
        case
            when {{ local_day('orders.delivered_at') }} <= as_of.as_of_on then orders.delivered_at
        end as known_delivered_at
    from orders
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on orders.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails
        on
            orders.customer_id is null
            and orders.email_key = emails.email_key
    left join {{ ref('int_known_phones') }} as phones on orders.phone_key = phones.phone_key
    where orders.ordered_on <= as_of.as_of_on
),

-- what an order says was given back counts where no refund is known, not even a later one
refunds as (
    select
        orders.order_id,
        case
            when count(refunds.order_id) = 0 then max(orders.refunded_amount)
            else sum(case when refunds.refunded_on <= as_of.as_of_on then refunds.amount end)
        end as amount,
        case
            when count(refunds.order_id) = 0
                then max({{ reporting_amount('orders.refunded_amount', 'orders.exchange_rate') }})
            else sum(
                case
                    when refunds.refunded_on <= as_of.as_of_on
                        then {{ reporting_amount('refunds.amount', 'orders.exchange_rate') }}
                end
            )
        end as reporting_amount
    from orders
    cross join as_of
    left join {{ ref('stg_shop__refunds') }} as refunds on orders.order_id = refunds.order_id
    where
        refunds.order_id is not null
        or orders.refunded_amount is not null
    group by orders.order_id
),

converted as (
    select
        rated.*,
        {{ reporting_amount('rated.subtotal_amount', 'rated.exchange_rate') }} as gross_amount,
        {{ reporting_amount('rated.discount_amount', 'rated.exchange_rate') }}
            as reporting_discount_amount,
        cast(coalesce(refunds.reporting_amount, 0) as decimal(38, 4)) as refund_amount,
        -- judged in the order's own currency; an order of value 0 counts unless refunded
        rated.status in ({{ sql_texts(setting('valid_order_statuses')) }})
        and (
            coalesce(refunds.amount, 0) < rated.subtotal_amount - rated.discount_amount
            or (rated.subtotal_amount = rated.discount_amount and coalesce(refunds.amount, 0) = 0)
        ) as is_valid
    from rated
    left join refunds on rated.order_id = refunds.order_id
)

select
    order_id,
    person_id,
    ordered_at,
    ordered_on,
    status,
    is_valid,
    currency,
    exchange_rate,
    gross_amount,
    reporting_discount_amount as discount_amount,
    cast(gross_amount - reporting_discount_amount as decimal(18, 4)) as order_value_amount,
    refund_amount,
    cast(
        case when is_valid then gross_amount - reporting_discount_amount - refund_amount else 0 end
        as decimal(18, 4)
    ) as net_revenue_amount,
    coupon_code is not null as has_coupon,
    payment_method,
    shipping_method,
    sales_channel,
    {{ normalised_text('shipping_city') }} as shipping_city,
    shipping_country_code,
    known_delivered_at as delivered_at
from converted
