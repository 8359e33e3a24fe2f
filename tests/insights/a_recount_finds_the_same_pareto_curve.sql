{{ config(tags=['proof']) }}

-- Buyers from the best on: each is among the best n percent as soon as the places before it are
-- fewer than n percent of all.
with

numbers as (
    {{ whole_numbers(1, 100) }}
),

ranked as (
    select
        net_revenue_amount,
        {{ wide('100') }} * (row_number() over (
            order by net_revenue_amount desc, {{ byte_order('person_id') }}
        ) - 1) as hundred_places_before,
        {{ wide('count(*) over ()') }} as all_buyers,
        {{ in_units('sum(net_revenue_amount) over ()', 10000) }} as all_net_revenue
    from {{ ref('proof_buyers') }}
),

best as (
    select
        numbers.whole_number as percent,
        ranked.all_net_revenue,
        count(*) as buyers,
        sum(ranked.net_revenue_amount) as net_revenue_amount
    from numbers
    inner join ranked
        on ranked.hundred_places_before < numbers.whole_number * ranked.all_buyers
    group by
        numbers.whole_number,
        ranked.all_net_revenue
),

vital as (
    select min(percent) as percent
    from best
    where
        all_net_revenue > 0
        and {{ in_units('net_revenue_amount', 10000) }} * 1000000
        >= all_net_revenue * {{ millionths(setting('pareto_revenue_share')) }}
),

recounted as (
    select
        best.percent,
        best.buyers,
        best.net_revenue_amount,
        {{ recounted_ratio(
            in_units('best.net_revenue_amount', 10000), 'nullif(best.all_net_revenue, 0)'
        ) }} as share_of_net_revenue,
        coalesce(best.percent = vital.percent, false) as is_80_percent
    from best
    cross join vital
)

{{ rows_that_differ(ref('pareto_curve'), 'recounted', [
    'percent', 'buyers', 'net_revenue_amount', 'share_of_net_revenue', 'is_80_percent'
]) }}
