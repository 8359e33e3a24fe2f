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
        coalesce(customers.person_id, emails.person_id) as person_id,
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
    where orders.ordered_on <= as_of.as_of_on
),

refunds as (
    select
        refunds.order_id,
        sum(refunds.amount) as amount,
        sum({{ reporting_amount('refunds.amount', 'orders.exchange_rate') }}) as reporting_amount
    from {{ ref('stg_shop__refunds') }} as refunds
    inner join orders on refunds.order_id = orders.order_id
    cross join as_of
    where refunds.refunded_on <= as_of.as_of_on
    group by refunds.order_id
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
