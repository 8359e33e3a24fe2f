{{ config(tags=['proof']) }}

-- How many orders lately, and how long ago the last one was.
with

rules (segment, last_ones, needed) as (
    values
    ('buyers_last_year', '12 months', 1),
    ('buyers_last_6_months', '6 months', 1),
    ('buyers_last_30_days', '30 days', 1),
    ('multi_buyers_last_year', '12 months', 2),
    ('multi_buyers_last_6_months', '6 months', 2),
    ('multi_buyers_last_30_days', '30 days', 2),
    ('loyal_buyers', '12 months', {{ setting('loyal_buyers_min_orders') }}),
    ('frequent_buyers', '6 months', {{ setting('frequent_buyers_min_orders') }}),
    ('top_monthly_buyers', '30 days', {{ setting('top_monthly_buyers_min_orders') }}),
    ('lapsing_buyers', '6 months', 1)
),

orders_of_late as (
    {% for last_ones in ('12 months', '6 months', '30 days') -%}
    select
        '{{ last_ones }}' as last_ones,
        person_id,
        ordered_at,
        leaves_{{ last_ones | replace(' ', '_') }}_on as leaves_on
    from {{ ref('proof_orders') }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

counted as (
    select
        rules.segment,
        orders_of_late.person_id,
        '' as segment_value,
        orders_of_late.ordered_at as happened_at,
        orders_of_late.leaves_on,
        1 as counts,
        rules.needed
    from orders_of_late
    inner join rules on orders_of_late.last_ones = rules.last_ones
    left join {{ ref('proof_orders') }} as orders_3_months
        on
            rules.segment = 'lapsing_buyers'
            and orders_of_late.person_id = orders_3_months.person_id
            and orders_3_months.leaves_3_months_on is not null
    where
        orders_of_late.leaves_on is not null
        and orders_3_months.order_id is null
),

steps as (
    select 0 as step
    {% for step in setting('recency_band_days') -%}
    union all
    select {{ step }} as step
    {% endfor -%}
),

recency_bands as (
    select
        buyers.person_id,
        buyers.days_since_order,
        buyers.last_ordered_on,
        buyers.last_ordered_at,
        max(case when steps.step <= buyers.days_since_order then steps.step end) as step,
        min(case when steps.step > buyers.days_since_order then steps.step end) as next_step
    from {{ ref('proof_buyers') }} as buyers
    cross join steps
    group by
        buyers.person_id,
        buyers.days_since_order,
        buyers.last_ordered_on,
        buyers.last_ordered_at
),

recounted as (
    {{ recounted_members('counted') }}
    union all
    select
        'cold_customers' as segment,
        person_id,
        '' as segment_value,
        days_since_order as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('proof_buyers') }}
    where days_since_order >= {{ setting('cold_days') }}
    union all
    -- where nobody ever bought twice, the shop has no gaps
    select
        'lapsed_first_time_buyers' as segment,
        person_id,
        '' as segment_value,
        days_since_order as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('proof_buyers') }}
    where
        purchases = 1
        and shop_gaps > 0
        and {{ wide('days_since_order') }} * {{ wide('shop_gaps') }} * 1000000
        >= {{ wide('shop_gap_days') }} * {{ millionths(setting('inactive_multiplier')) }}
    union all
    select
        'recency_bands' as segment,
        person_id,
        cast(step as {{ dbt.type_string() }})
        || coalesce('-' || cast(next_step - 1 as {{ dbt.type_string() }}), '+') as segment_value,
        days_since_order as evidence,
        last_ordered_at as evidence_at,
        {{ add_days('last_ordered_on', 'next_step') }} as expires_on
    from recency_bands
)

{{ members_that_differ(ref('purchase_timing_memberships')) }}
