-- Many orders in the last 30 days, on average worth less than the mean order of the last 12 months.
-- Both are tried again on each day on which an order leaves the window; the shop's mean stays.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

shop as (
    select
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(order_value_amount)', 10000) }} as amount
    from (
        {{ recounted_orders(12, 'months') | indent(8) }}
    ) as of_the_year
),

days as (
    select
        counted.person_id,
        as_of.as_of_on as tried_on
    from counted
    cross join {{ ref('as_of') }} as as_of
    where counted.person_id is not null
    union
    select
        person_id,
        leaves_on as tried_on
    from counted
    where person_id is not null
),

tried as (
    select
        days.person_id,
        days.tried_on,
        {{ wide('count(counted.order_id)') }} as orders,
        {{ in_units('sum(counted.order_value_amount)', 10000) }} as amount,
        max(counted.ordered_at) as last_ordered_at
    from days
    left join counted
        on
            days.person_id = counted.person_id
            and days.tried_on < counted.leaves_on
    group by
        days.person_id,
        days.tried_on
),

judged as (
    select
        tried.person_id,
        tried.tried_on,
        tried.orders,
        tried.amount,
        tried.last_ordered_at,
        case
            when
                tried.orders >= {{ setting('frequent_small_min_orders') }}
                and tried.amount * shop.orders < shop.amount * tried.orders
                then 1
            else 0
        end as is_member
    from tried
    cross join shop
),

ends as (
    select
        person_id,
        min(tried_on) as expires_on
    from judged
    where is_member = 0
    group by person_id
),

recounted as (
    select
        judged.person_id,
        '' as segment_value,
        -- the amount counts in ten-thousandths
        {{ recounted_ratio('judged.amount', '(10000 * judged.orders)') }} as evidence,
        judged.last_ordered_at as evidence_at,
        ends.expires_on
    from judged
    inner join {{ ref('as_of') }} as as_of on judged.tried_on = as_of.as_of_on
    left join ends on judged.person_id = ends.person_id
    where judged.is_member = 1
)

{{ members_that_differ(ref('frequent_small_basket_buyers')) }}
