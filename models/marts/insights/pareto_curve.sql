with

ranked as (
    select
        net_revenue_amount,
        row_number() over (order by net_revenue_amount desc, {{ byte_order('person_id') }})
            as place,
        count(*) over () as all_buyers
    from {{ ref('int_person_orders') }}
),

-- the first percentage that reaches the buyer's place
reached as (
    select
        all_buyers,
        {{ ceiling_of_ratio('(100 * (place - 1) + 1)', 'all_buyers') }} as percent,
        net_revenue_amount
    from ranked
),

percents as (
    select
        percent,
        max(all_buyers) as all_buyers,
        sum(net_revenue_amount) as net_revenue_amount
    from reached
    group by percent
),

added_up as (
    select
        numbers.whole_number as percent,
        max(percents.all_buyers) as all_buyers,
        sum(case when percents.percent <= numbers.whole_number then percents.net_revenue_amount end)
            as net_revenue_amount,
        sum(percents.net_revenue_amount) as all_net_revenue_amount
    from ({{ whole_numbers(1, 100) }}) as numbers
    cross join percents
    group by numbers.whole_number
),

compared as (
    select
        *,
        lag(net_revenue_amount) over (order by percent) as net_revenue_before_amount,
        {{ setting('pareto_revenue_share') }} * all_net_revenue_amount as vital_amount
    from added_up
)

select
    cast(percent as integer) as percent,
    {{ ceiling_of_ratio('percent * all_buyers', '100') }} as buyers,
    cast(net_revenue_amount as decimal(38, 4)) as net_revenue_amount,
    {{ rounded_ratio('net_revenue_amount', 'nullif(all_net_revenue_amount, 0)') }}
        as share_of_net_revenue,
    all_net_revenue_amount > 0
    and net_revenue_amount >= vital_amount
    and (net_revenue_before_amount is null or net_revenue_before_amount < vital_amount)
        as is_80_percent
from compared
