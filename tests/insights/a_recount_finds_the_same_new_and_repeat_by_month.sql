{{ config(tags=['proof']) }}

-- Purchases by month, the first ones of their buyers apart.
{%- set all_sums = ['orders', 'purchases', 'buyers', 'net_revenue_amount'] %}
with

buyers as (
    select
        month,
        person_id,
        sum(orders) as orders,
        sum(case when is_first then orders else 0 end) as first_orders,
        count(*) as purchases,
        sum(case when is_first then 1 else 0 end) as first_purchases,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(case when is_first then net_revenue_amount else 0 end) as first_net_revenue_amount
    from {{ ref('proof_purchases') }}
    group by
        month,
        person_id
),

counted as (
    select
        months.month,
        months.is_complete,
        coalesce(sum(buyers.orders), 0) as orders,
        coalesce(sum(buyers.first_orders), 0) as first_orders,
        coalesce(sum(buyers.orders - buyers.first_orders), 0) as later_orders,
        coalesce(sum(buyers.purchases), 0) as purchases,
        coalesce(sum(buyers.first_purchases), 0) as first_purchases,
        coalesce(sum(buyers.purchases - buyers.first_purchases), 0) as later_purchases,
        count(buyers.person_id) as buyers,
        count(case when buyers.first_purchases > 0 then 1 end) as first_buyers,
        count(case when buyers.purchases > buyers.first_purchases then 1 end) as later_buyers,
        coalesce(sum(buyers.net_revenue_amount), 0) as net_revenue_amount,
        coalesce(sum(buyers.first_net_revenue_amount), 0) as first_net_revenue_amount,
        coalesce(sum(buyers.net_revenue_amount - buyers.first_net_revenue_amount), 0)
            as later_net_revenue_amount
    from {{ ref('proof_months') }} as months
    left join buyers on months.month = buyers.month
    group by
        months.month,
        months.is_complete
),

recounted as (
    select
        month,
        is_complete,
        {%- for sum in all_sums %}
        {%- set name = sum | replace('_amount', '') %}
        {%- set whole = in_units('nullif(' ~ sum ~ ', 0)', 10000) %}
        {{ sum }},
        first_{{ sum }},
        later_{{ sum }},
        {{ recounted_ratio(in_units('first_' ~ sum, 10000), whole) }} as first_share_of_{{ name }},
        {{ recounted_ratio(in_units('later_' ~ sum, 10000), whole) }} as later_share_of_{{ name }},
        {%- endfor %}
        {{ recounted_ratio(
            in_units('later_net_revenue_amount', 10000) ~ ' * 1000000',
            in_units('nullif(first_net_revenue_amount, 0)', 10000) ~ ' * '
            ~ millionths(setting('acquisition_cost_ratio'))
        ) }} as repeat_revenue_per_effort
    from counted
)

{%- set columns = ['month', 'is_complete', 'repeat_revenue_per_effort'] %}
{%- for sum in all_sums %}
{%- set name = sum | replace('_amount', '') %}
{%- do columns.extend([sum, 'first_' ~ sum, 'later_' ~ sum]) %}
{%- do columns.extend(['first_share_of_' ~ name, 'later_share_of_' ~ name]) %}
{%- endfor %}

{{ rows_that_differ(ref('new_and_repeat_by_month'), 'recounted', columns) }}
