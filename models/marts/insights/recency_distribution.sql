with

stepped as (
    select
        days_since_last_order - mod(days_since_last_order, 30) as from_days,
        net_revenue_amount
    from {{ ref('int_person_orders') }}
),

steps as (
    select
        from_days,
        count(*) as buyers,
        sum(net_revenue_amount) as net_revenue_amount
    from stepped
    group by from_days
),

added_up as (
    select
        *,
        sum(buyers) over (order by from_days) as buyers_so_far,
        sum(buyers) over () as all_buyers
    from steps
)

select
    cast(from_days as integer) as from_days,
    cast(from_days + 29 as integer) as to_days,
    buyers,
    cast(net_revenue_amount as decimal(38, 4)) as net_revenue_amount,
    {{ rounded_ratio('buyers', 'all_buyers') }} as share_of_buyers,
    {{ rounded_ratio('buyers_so_far', 'all_buyers') }} as share_up_to_here
from added_up
