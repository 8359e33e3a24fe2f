{{ config(tags=['proof']) }}

-- What orders are worth beside the shop's mean order, and what buyers have brought. Money counts in
-- ten-thousandths.
with

orders as (
    select
        order_id,
        person_id,
        ordered_at,
        leaves_30_days_on as leaves_on,
        order_value_amount,
        {{ in_units('order_value_amount', 10000) }} as order_value,
        count(*) over (partition by person_id) as orders_of_person
    from {{ ref('proof_orders') }}
    where leaves_30_days_on is not null
),

mean_30_days as (
    select
        {{ wide('count(*)') }} as orders,
        sum(order_value) as order_value
    from orders
),

mean_12_months as (
    select
        {{ wide('count(*)') }} as orders,
        {{ in_units('sum(order_value_amount)', 10000) }} as order_value
    from {{ ref('proof_orders') }}
    where leaves_12_months_on is not null
),

large as (
    select
        'big_spenders' as segment,
        orders.person_id,
        '' as segment_value,
        orders.ordered_at as happened_at,
        orders.leaves_on,
        orders.order_value_amount as evidence
    from orders
    cross join mean_30_days
    where
        orders.order_value * mean_30_days.orders * 1000000
        > mean_30_days.order_value * {{ millionths(1 + setting('big_basket_uplift')) }}
    union all
    select
        'rare_large_basket_buyers' as segment,
        orders.person_id,
        '' as segment_value,
        orders.ordered_at as happened_at,
        orders.leaves_on,
        orders.order_value_amount as evidence
    from orders
    cross join mean_12_months
    where
        orders.orders_of_person = 1
        and orders.order_value * mean_12_months.orders * 1000000
        > mean_12_months.order_value * {{ millionths(setting('large_basket_multiple')) }}
),

-- many small baskets: tried on the as-of date and on each day on which an order leaves the window
days as (
    select
        orders.person_id,
        as_of.as_of_on as tried_on
    from orders
    cross join {{ ref('as_of') }} as as_of
    where orders.person_id is not null
    union
    select
        person_id,
        leaves_on as tried_on
    from orders
    where person_id is not null
),

tried as (
    select
        days.person_id,
        days.tried_on,
        {{ wide('count(orders.order_id)') }} as orders,
        coalesce(sum(orders.order_value), 0) as order_value,
        max(orders.ordered_at) as last_ordered_at
    from days
    left join orders
        on
            days.person_id = orders.person_id
            and days.tried_on < orders.leaves_on
    group by
        days.person_id,
        days.tried_on
),

judged as (
    select
        tried.person_id,
        tried.tried_on,
        tried.orders,
        tried.order_value,
        tried.last_ordered_at,
        tried.orders >= {{ setting('frequent_small_min_orders') }}
        and tried.order_value * mean_12_months.orders < mean_12_months.order_value * tried.orders
            as is_member
    from tried
    cross join mean_12_months
),

ends as (
    select
        person_id,
        min(tried_on) as expires_on
    from judged
    where not is_member
    group by person_id
),

-- how many buyers brought more, and how many with a smaller id brought as much
ranked as (
    select
        person_id,
        net_revenue_amount,
        last_ordered_at,
        row_number() over (
            order by net_revenue_amount desc, {{ byte_order('person_id') }}
        ) - 1 as better,
        count(*) over () as buyers
    from {{ ref('proof_buyers') }}
),

recounted as (
    {{ recounted_newest('large') }}
    union all
    select
        'frequent_small_basket_buyers' as segment,
        judged.person_id,
        '' as segment_value,
        {{ recounted_ratio('judged.order_value', '(10000 * judged.orders)') }} as evidence,
        judged.last_ordered_at as evidence_at,
        ends.expires_on
    from judged
    inner join {{ ref('as_of') }} as as_of on judged.tried_on = as_of.as_of_on
    left join ends on judged.person_id = ends.person_id
    where judged.is_member
    union all
    -- a place is among the best as long as fewer places than the share come before it
    select
        'top_20_percent_customers' as segment,
        person_id,
        '' as segment_value,
        net_revenue_amount as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from ranked
    where better * 1000000 < buyers * {{ millionths(setting('pareto_share')) }}
    union all
    select
        case
            when net_revenue_amount > {{ setting('vip_min_lifetime_value') }} then 'vip_customers'
            else 'low_value_customers'
        end as segment,
        person_id,
        '' as segment_value,
        net_revenue_amount as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('proof_buyers') }}
)

{{ members_that_differ(ref('spend_memberships')) }}
