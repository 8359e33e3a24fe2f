{%- set counts = ['orders', 'purchases', 'buyers'] -%}
with

months as (
    {{ insight_months() }}
),

persons as (
    select
        {{ first_of_month('purchased_on') }} as month,
        person_id,
        sum(orders) as orders,
        count(*) as purchases,
        1 as buyers,
        sum(net_revenue_amount) as net_revenue_amount,
        coalesce(sum(case when purchase_number = 1 then orders end), 0) as first_orders,
        count(*) filter (where purchase_number = 1) as first_purchases,
        max(case when purchase_number = 1 then 1 else 0 end) as first_buyers,
        coalesce(sum(case when purchase_number = 1 then net_revenue_amount end), 0)
            as first_net_revenue_amount,
        max(case when purchase_number > 1 then 1 else 0 end) as later_buyers
    from {{ ref('int_purchases') }}
    group by
        {{ first_of_month('purchased_on') }},
        person_id
),

added_up as (
    select
        months.month,
        months.is_complete,
        {%- for count in counts %}
        cast(coalesce(sum(persons.{{ count }}), 0) as bigint) as {{ count }},
        cast(coalesce(sum(persons.first_{{ count }}), 0) as bigint) as first_{{ count }},
        {%- endfor %}
        cast(coalesce(sum(persons.later_buyers), 0) as bigint) as later_buyers,
        cast(coalesce(sum(persons.net_revenue_amount), 0) as decimal(38, 4)) as net_revenue_amount,
        cast(coalesce(sum(persons.first_net_revenue_amount), 0) as decimal(38, 4))
            as first_net_revenue_amount
    from months
    left join persons on months.month = persons.month
    group by
        months.month,
        months.is_complete
),

measured as (
    select
        *,
        orders - first_orders as later_orders,
        purchases - first_purchases as later_purchases,
        cast(net_revenue_amount - first_net_revenue_amount as decimal(38, 4))
            as later_net_revenue_amount
    from added_up
)

select
    month,
    is_complete,
    {%- for count in counts %}
    {{ count }},
    first_{{ count }},
    later_{{ count }},
    {{ rounded_ratio('first_' ~ count, 'nullif(' ~ count ~ ', 0)') }} as first_share_of_{{ count }},
    {{ rounded_ratio('later_' ~ count, 'nullif(' ~ count ~ ', 0)') }} as later_share_of_{{ count }},
    {%- endfor %}
    net_revenue_amount,
    first_net_revenue_amount,
    later_net_revenue_amount,
    {{ rounded_ratio('first_net_revenue_amount', 'nullif(net_revenue_amount, 0)') }}
        as first_share_of_net_revenue,
    {{ rounded_ratio('later_net_revenue_amount', 'nullif(net_revenue_amount, 0)') }}
        as later_share_of_net_revenue,
    {{ rounded_ratio(
        'later_net_revenue_amount',
        'nullif(' ~ setting('acquisition_cost_ratio') ~ ' * first_net_revenue_amount, 0)'
    ) }} as repeat_revenue_per_effort
from measured
