{{ config(tags=['proof']) }}

-- Contacts by the stage of the month's last day, and what those of its first day brought in.
with

held_stages as (
    {% for stage in [
        'prospects', 'first_time_buyers', 'repeat_customers', 'loyal_customers',
        'at_risk_customers', 'inactive_customers', 'new'
    ] -%}
    select '{{ stage }}' as stage
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

places as (
    select
        months.month,
        months.last_on,
        months.is_complete,
        held_stages.stage
    from {{ ref('proof_months') }} as months
    cross join held_stages
),

held as (
    select
        month,
        last_stage as stage,
        count(*) as contacts
    from {{ ref('proof_stages') }}
    group by
        month,
        last_stage
),

earned as (
    select
        months.month,
        held_stages.first_stage as stage,
        sum(orders.net_revenue_amount) as net_revenue_amount
    from {{ ref('proof_orders') }} as orders
    inner join {{ ref('proof_months') }} as months
        on orders.ordered_on between months.month and months.last_on
    inner join {{ ref('proof_stages') }} as held_stages
        on
            months.month = held_stages.month
            and orders.person_id = held_stages.person_id
    group by
        months.month,
        held_stages.first_stage
),

filled as (
    select
        places.month,
        places.is_complete,
        places.stage,
        case when places.stage <> 'new' then coalesce(held.contacts, 0) end as contacts,
        coalesce(earned.net_revenue_amount, 0) as net_revenue_amount
    from places
    left join held
        on
            places.month = held.month
            and places.stage = held.stage
    left join earned
        on
            places.month = earned.month
            and places.stage = earned.stage
),

totals as (
    select
        month,
        sum(contacts) as contacts
    from filled
    group by month
),

recounted as (
    select
        filled.month,
        filled.is_complete,
        filled.stage,
        filled.contacts,
        {{ recounted_ratio(wide('filled.contacts'), wide('nullif(totals.contacts, 0)')) }}
            as share_of_contacts,
        filled.net_revenue_amount
    from filled
    inner join totals on filled.month = totals.month
)

{{ rows_that_differ(ref('stage_sizes_by_month'), 'recounted', [
    'month', 'stage', 'is_complete', 'contacts', 'share_of_contacts', 'net_revenue_amount'
]) }}
