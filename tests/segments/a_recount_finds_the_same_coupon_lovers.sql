-- An order in the last 30 days that carries a coupon itself, until the last such has left the
-- window.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

with_coupon as (
    select counted.*
    from counted
    inner join {{ ref('stg_shop__orders') }} as staged
        on
            counted.order_id = staged.order_id
            and staged.coupon_code is not null
),

recounted as (
    {{ recounted_members('with_coupon', 1) | indent }}
)

{{ members_that_differ(ref('coupon_lovers')) }}
