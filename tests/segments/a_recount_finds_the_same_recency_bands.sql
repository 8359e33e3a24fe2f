-- The band between the last step that the days since the last order have reached and the next one.
with

steps as (
    select 0 as step
    {% for step in setting('recency_band_days') -%}
    union all
    select {{ step }} as step
    {% endfor -%}
),

buyers as (
    select
        orders.person_id,
        max(orders.ordered_on) as last_ordered_on,
        max(orders.ordered_at) as last_ordered_at,
        {{ days_between('max(orders.ordered_on)', 'as_of.as_of_on') }} as recency_days
    from {{ ref('orders') }} as orders
    cross join {{ ref('as_of') }} as as_of
    where
        orders.is_valid
        and orders.person_id is not null
    group by
        orders.person_id,
        as_of.as_of_on
),

stepped as (
    select
        buyers.person_id,
        max(case when steps.step <= buyers.recency_days then steps.step end) as reached,
        min(case when steps.step > buyers.recency_days then steps.step end) as ahead
    from buyers
    cross join steps
    group by buyers.person_id
),

recounted as (
    select
        buyers.person_id,
        cast(stepped.reached as {{ dbt.type_string() }})
        || coalesce('-' || cast(stepped.ahead - 1 as {{ dbt.type_string() }}), '+')
            as segment_value,
        cast(buyers.recency_days as decimal(18, 4)) as evidence,
        buyers.last_ordered_at as evidence_at,
        {{ add_days('buyers.last_ordered_on', 'stepped.ahead') }} as expires_on
    from buyers
    inner join stepped on buyers.person_id = stepped.person_id
)

{{ members_that_differ(ref('recency_bands')) }}
