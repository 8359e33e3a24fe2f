{{ config(tags=['proof']) }}

-- The buyers of each month's first purchases, month by month since.
with

buyers as (
    select
        first_month,
        count(distinct person_id) as buyers
    from {{ ref('proof_purchases') }}
    group by first_month
),

bought as (
    select
        first_month,
        month,
        count(distinct person_id) as buyers,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('proof_purchases') }}
    group by
        first_month,
        month
),

cells as (
    select
        begun.month as cohort_month,
        begun.months_back - months.months_back as months_since,
        months.is_complete,
        buyers.buyers as cohort_buyers,
        coalesce(bought.buyers, 0) as buyers,
        coalesce(bought.net_revenue_amount, 0) as net_revenue_amount,
        sum(bought.net_revenue_amount) over (
            partition by begun.month
            order by months.month
        ) as cumulated_amount
    from {{ ref('proof_months') }} as begun
    inner join buyers on begun.month = buyers.first_month
    inner join {{ ref('proof_months') }} as months on begun.month <= months.month
    left join bought
        on
            begun.month = bought.first_month
            and months.month = bought.month
),

recounted as (
    select
        cohort_month,
        months_since,
        is_complete,
        cohort_buyers,
        buyers,
        {{ recounted_ratio(wide('buyers'), wide('cohort_buyers')) }} as share_of_cohort,
        net_revenue_amount,
        {{ recounted_ratio(in_units('cumulated_amount', 10000), wide('cohort_buyers * 10000')) }}
            as cumulated_net_revenue_per_buyer_amount
    from cells
)

{{ rows_that_differ(ref('cohorts'), 'recounted', [
    'cohort_month', 'months_since', 'is_complete', 'cohort_buyers', 'buyers', 'share_of_cohort',
    'net_revenue_amount', 'cumulated_net_revenue_per_buyer_amount'
]) }}
