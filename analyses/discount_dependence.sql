-- Buyers with enough orders by the share of them that had a discount or coupon, in tenths.
with

buyers as (
    select
        orders.orders,
        orders.order_value_amount,
        orders.net_revenue_amount,
        coalesce(promotions.promoted_orders, 0) as promoted_orders
    from {{ ref('int_person_orders') }} as orders
    left join {{ ref('int_person_promotions') }} as promotions
        on orders.person_id = promotions.person_id
    where orders.orders >= {{ setting('promotion_min_orders') }}
),

banded as (
    select
        *,
        10 * (
            {%- for tenths in range(1, 11) %}
            case when 10 * promoted_orders >= {{ tenths }} * orders then 1 else 0 end
            {{- ' +' if not loop.last }}
            {%- endfor %}
        ) as from_percent
    from buyers
),

bands as (
    select
        from_percent,
        count(*) as buyers,
        count(*) filter (
            where promoted_orders >= {{ setting('promotion_share') }} * orders
        ) as dependent_buyers,
        sum(orders) as orders,
        sum(promoted_orders) as promoted_orders,
        sum(order_value_amount) as order_value_amount,
        sum(net_revenue_amount) as net_revenue_amount
    from banded
    group by from_percent
),

totals as (
    select
        sum(buyers) as buyers,
        sum(net_revenue_amount) as net_revenue_amount
    from bands
)

select
    bands.from_percent,
    bands.buyers,
    bands.dependent_buyers,
    bands.orders,
    bands.promoted_orders,
    bands.net_revenue_amount,
    {{ rounded_ratio('bands.order_value_amount', 'bands.orders') }} as mean_order_value_amount,
    {{ rounded_ratio('bands.buyers', 'totals.buyers') }} as share_of_buyers,
    {{ rounded_ratio('bands.net_revenue_amount', 'nullif(totals.net_revenue_amount, 0)') }}
        as share_of_net_revenue
from bands
cross join totals
order by bands.from_percent
