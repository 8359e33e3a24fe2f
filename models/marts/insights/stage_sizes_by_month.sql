-- long: sizes come from the moves of all months, revenue from the purchases of these
with

months as (
    {{ insight_months() }}
),

stages as (
    {% for stage in lifecycle_stages() + ['new'] -%}
    select '{{ stage }}' as stage
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

changes as (
    select
        month,
        to_stage as stage,
        contacts
    from {{ ref('int_stage_moves') }}
    union all
    select
        month,
        from_stage as stage,
        -contacts as contacts
    from {{ ref('int_stage_moves') }}
    where from_stage <> 'new'
),

sizes as (
    select
        months.month,
        months.is_complete,
        stages.stage,
        cast(
            case when stages.stage <> 'new' then coalesce(sum(changes.contacts), 0) end as bigint
        ) as contacts
    from months
    cross join stages
    left join changes
        on
            stages.stage = changes.stage
            and months.month >= changes.month
    group by
        months.month,
        months.is_complete,
        stages.stage
),

shares as (
    select
        *,
        cast(sum(contacts) over (partition by month) as bigint) as all_contacts
    from sizes
),

person_revenue as (
    select
        months.month,
        purchases.person_id,
        sum(purchases.net_revenue_amount) as net_revenue_amount
    from {{ ref('int_purchases') }} as purchases
    inner join months on {{ first_of_month('purchases.purchased_on') }} = months.month
    group by
        months.month,
        purchases.person_id
),

revenue as (
    select
        person_revenue.month,
        coalesce(spans.stage, 'new') as stage,
        sum(person_revenue.net_revenue_amount) as net_revenue_amount
    from person_revenue
    left join {{ ref('int_person_lifecycle') }} as spans
        on
            person_revenue.person_id = spans.person_id
            and person_revenue.month >= spans.valid_from
            and (person_revenue.month < spans.valid_to or spans.valid_to is null)
    group by
        person_revenue.month,
        spans.stage
)

select
    shares.month,
    shares.is_complete,
    shares.stage,
    shares.contacts,
    {{ rounded_ratio('shares.contacts', 'nullif(shares.all_contacts, 0)') }} as share_of_contacts,
    cast(coalesce(revenue.net_revenue_amount, 0) as decimal(38, 4)) as net_revenue_amount
from shares
left join revenue
    on
        shares.month = revenue.month
        and shares.stage = revenue.stage
