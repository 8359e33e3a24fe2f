with

months as (
    {{ insight_months() }}
),

persons as (
    select
        {{ first_of_month('first_purchased_on') }} as cohort_month,
        {{ first_of_month('purchased_on') }} as month,
        person_id,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('int_purchases') }}
    group by
        {{ first_of_month('first_purchased_on') }},
        {{ first_of_month('purchased_on') }},
        person_id
),

bought as (
    select
        cohort_month,
        month,
        count(*) as buyers,
        sum(net_revenue_amount) as net_revenue_amount
    from persons
    group by
        cohort_month,
        month
),

-- a month in which nobody of a cohort buys is a cell too
cells as (
    select
        first_months.cohort_month,
        months.month,
        months.is_complete,
        first_months.buyers as cohort_buyers,
        coalesce(bought.buyers, 0) as buyers,
        coalesce(bought.net_revenue_amount, 0) as net_revenue_amount
    from bought as first_months
    inner join months as first_of_cohort on first_months.month = first_of_cohort.month
    inner join months on first_months.cohort_month <= months.month
    left join bought
        on
            first_months.cohort_month = bought.cohort_month
            and months.month = bought.month
    where first_months.month = first_months.cohort_month
),

added_up as (
    select
        *,
        sum(net_revenue_amount) over (partition by cohort_month order by month)
            as cumulated_net_revenue_amount
    from cells
)

select
    cohort_month,
    {{ months_between('cohort_month', 'month') }} as months_since,
    is_complete,
    cohort_buyers,
    buyers,
    {{ rounded_ratio('buyers', 'cohort_buyers') }} as share_of_cohort,
    cast(net_revenue_amount as decimal(38, 4)) as net_revenue_amount,
    {{ rounded_ratio('cumulated_net_revenue_amount', 'cohort_buyers') }}
        as cumulated_net_revenue_per_buyer_amount
from added_up
