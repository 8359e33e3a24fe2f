{{ config(tags=['proof']) }}

-- Person by person: when the orders that count were placed, how many are in each window, and the
-- category bought most.
with

orders as (
    select
        orders.order_id,
        orders.person_id,
        orders.ordered_at,
        orders.ordered_on,
        orders.net_revenue_amount,
        as_of.as_of_on,
        orders.ordered_on > {{ add_months('as_of.as_of_on', -12) }} as in_12_months,
        orders.ordered_on > {{ add_days('as_of.as_of_on', -1 * setting('loyal_days')) }}
            as in_loyal_days
    from {{ ref('orders') }} as orders
    cross join {{ ref('as_of') }} as as_of
    where
        orders.is_valid
        and orders.person_id is not null
),

counted as (
    select
        person_id,
        count(distinct ordered_on) as purchases,
        count(distinct case when in_loyal_days then ordered_on end) as purchases_in_loyal_days,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        {{ days_between('max(ordered_on)', 'as_of_on') }} as days_since_last_order,
        {{ days_between('min(ordered_on)', 'as_of_on') }} as tenure_days,
        sum(case when in_12_months then 1 else 0 end) as orders_12_months,
        sum(case when in_12_months then net_revenue_amount else 0 end)
            as net_revenue_12_months_amount
    from orders
    group by
        person_id,
        as_of_on
),

bought as (
    select
        orders.person_id,
        lines.category,
        sum(lines.quantity) as units,
        max(orders.ordered_at) as last_bought_at
    from orders
    inner join {{ ref('order_lines') }} as lines on orders.order_id = lines.order_id
    where
        lines.category is not null
        and lines.quantity > 0
    group by
        orders.person_id,
        lines.category
),

favorites as (
    select
        bought.person_id,
        bought.category
    from bought
    left join bought as better
        on
            bought.person_id = better.person_id
            and (
                bought.units < better.units
                or (
                    bought.units = better.units
                    and bought.last_bought_at < better.last_bought_at
                )
                or (
                    bought.units = better.units
                    and bought.last_bought_at = better.last_bought_at
                    and {{ byte_order('bought.category') }} > {{ byte_order('better.category') }}
                )
            )
    where better.person_id is null
),

recounted as (
    select
        people.person_id,
        coalesce(counted.purchases, 0) as purchases,
        coalesce(counted.purchases_in_loyal_days, 0) as purchases_in_loyal_days,
        counted.first_order_at,
        counted.last_order_at,
        counted.first_order_on,
        counted.last_order_on,
        counted.days_since_last_order,
        counted.tenure_days,
        coalesce(counted.orders_12_months, 0) as orders_12_months,
        coalesce(counted.net_revenue_12_months_amount, 0) as net_revenue_12_months_amount,
        favorites.category as favorite_category
    from {{ ref('int_people') }} as people
    left join counted on people.person_id = counted.person_id
    left join favorites on people.person_id = favorites.person_id
)

{{ rows_that_differ(
    ref('int_person_features'), 'recounted', [
        'person_id', 'purchases', 'purchases_in_loyal_days', 'first_order_at', 'last_order_at',
        'first_order_on', 'last_order_on', 'days_since_last_order', 'tenure_days',
        'orders_12_months', 'net_revenue_12_months_amount', 'favorite_category'
    ]
) }}
