{{ config(tags=['proof']) }}

-- Each step that somebody is in, with all who bought later than before it, and of them those who
-- did not buy later than it ends.
with

buyers as (
    select
        days_since_order,
        net_revenue_amount,
        {{ wide('count(*) over ()') }} as all_buyers
    from {{ ref('proof_buyers') }}
),

steps as (
    select distinct {{ ceiling_of_ratio('days_since_order + 1', '30') }} as step
    from buyers
),

counted as (
    select
        30 * steps.step - 30 as from_days,
        30 * steps.step - 1 as to_days,
        max(buyers.all_buyers) as all_buyers,
        {{ wide('count(*)') }} as up_to_here,
        {{ wide('count(case when buyers.days_since_order >= 30 * steps.step - 30 then 1 end)') }}
            as buyers,
        sum(
            case
                when buyers.days_since_order >= 30 * steps.step - 30
                    then buyers.net_revenue_amount
            end
        ) as net_revenue_amount
    from steps
    inner join buyers on buyers.days_since_order < 30 * steps.step
    group by steps.step
),

recounted as (
    select
        from_days,
        to_days,
        buyers,
        net_revenue_amount,
        {{ recounted_ratio('buyers', 'all_buyers') }} as share_of_buyers,
        {{ recounted_ratio('up_to_here', 'all_buyers') }} as share_up_to_here
    from counted
)

{{ rows_that_differ(ref('recency_distribution'), 'recounted', [
    'from_days', 'to_days', 'buyers', 'net_revenue_amount', 'share_of_buyers', 'share_up_to_here'
]) }}
