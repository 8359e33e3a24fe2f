-- What each further twentieth of the buyers brings in, best buyers first.
with

ranked as (
    select
        monetary_amount,
        buyers,
        {{ ceiling_of_ratio('20 * monetary_rank', 'buyers') }} as twentieth
    from {{ ref('int_person_rfm') }}
),

twentieths as (
    select
        twentieth,
        count(*) as buyers,
        sum(monetary_amount) as net_revenue_amount
    from ranked
    group by twentieth
),

added_up as (
    select
        *,
        sum(buyers) over so_far as buyers_so_far,
        sum(net_revenue_amount) over so_far as net_revenue_so_far_amount,
        sum(buyers) over () as all_buyers,
        sum(net_revenue_amount) over () as all_net_revenue_amount
    from twentieths
    window so_far as (order by twentieth)
)

select
    5 * twentieth as best_percent,
    buyers,
    net_revenue_amount,
    {{ rounded_ratio('buyers_so_far', 'all_buyers') }} as share_of_buyers,
    {{ rounded_ratio('net_revenue_so_far_amount', 'nullif(all_net_revenue_amount, 0)') }}
        as share_of_net_revenue
from added_up
order by twentieth
