-- Each amount is the staged one times the newest rate of its day or before, within half a unit of
-- the last place (of each refund), the half itself rounded up; and whether an order counts follows
-- from its status and its refunds in its own currency.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

currency_days as (
    select distinct
        currency,
        ordered_on
    from {{ ref('stg_shop__orders') }}
    where currency <> '{{ setting("reporting_currency") }}'
),

newest_rates as (
    select
        currency_days.currency,
        currency_days.ordered_on,
        max(rates.rate_on) as rate_on
    from currency_days
    inner join {{ ref('stg_shop__exchange_rates') }} as rates
        on
            currency_days.currency = rates.currency
            and currency_days.ordered_on >= rates.rate_on
            and rates.rate > 0
    group by
        currency_days.currency,
        currency_days.ordered_on
),

rates as (
    select
        newest_rates.currency,
        newest_rates.ordered_on,
        rates.rate
    from newest_rates
    inner join {{ ref('stg_shop__exchange_rates') }} as rates
        on
            newest_rates.currency = rates.currency
            and newest_rates.rate_on = rates.rate_on
),

-- an order's own sum of refunds stands for those that are not there
refunds as (
    select
        order_id,
        refunded_at,
        amount
    from {{ ref('stg_shop__refunds') }}
    union all
    select
        orders.order_id,
        orders.ordered_at as refunded_at,
        orders.refunded_amount as amount
    from {{ ref('stg_shop__orders') }} as orders
    left join {{ ref('stg_shop__refunds') }} as refunds on orders.order_id = refunds.order_id
    where
        orders.refunded_amount is not null
        and refunds.order_id is null
),

summed_refunds as (
    select
        refunds.order_id,
        count(*) as refunds,
        sum(refunds.amount) as amount
    from refunds
    cross join as_of
    where {{ local_day('refunds.refunded_at') }} <= as_of.as_of_on
    group by refunds.order_id
),

staged as (
    select
        orders.order_id,
        orders.subtotal_amount,
        orders.discount_amount,
        coalesce(refunds.refunds, 0) as refunds,
        cast(coalesce(refunds.amount, 0) as decimal(38, 6)) as refund_amount,
        case
            when orders.currency = '{{ setting("reporting_currency") }}'
                then cast(1 as decimal(18, 12))
            else rates.rate
        end as rate,
        orders.status in ({{ sql_texts(setting('valid_order_statuses')) }}) as has_valid_status
    from {{ ref('stg_shop__orders') }} as orders
    left join rates
        on
            orders.currency = rates.currency
            and orders.ordered_on = rates.ordered_on
    left join summed_refunds as refunds on orders.order_id = refunds.order_id
),

differences as (
    select
        orders.order_id,
        staged.rate,
        staged.refunds,
        orders.is_valid,
        staged.has_valid_status
        and (
            staged.refund_amount = 0
            or staged.refund_amount + staged.discount_amount < staged.subtotal_amount
        ) as should_be_valid,
        orders.gross_amount - staged.subtotal_amount * staged.rate as gross_difference,
        orders.discount_amount - staged.discount_amount * staged.rate as discount_difference,
        orders.refund_amount - staged.refund_amount * staged.rate as refund_difference
    from {{ ref('orders') }} as orders
    left join staged on orders.order_id = staged.order_id
)

select *
from differences
where
    (
        is_valid = should_be_valid
        and gross_difference > -0.00005
        and gross_difference <= 0.00005
        and discount_difference > -0.00005
        and discount_difference <= 0.00005
        and refund_difference >= -0.00005 * refunds
        and refund_difference <= 0.00005 * refunds
    ) is not true
