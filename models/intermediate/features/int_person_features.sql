-- long: a list of columns, each from one other model
-- What is known of a person, in one row: what `people` shows and several families need.
with

people as (
    select *
    from {{ ref('int_people') }}
),

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

orders as (
    select *
    from {{ ref('int_person_orders') }}
),

intervals as (
    select *
    from {{ ref('int_person_intervals') }}
),

rfm as (
    select *
    from {{ ref('int_person_rfm') }}
),

category_units as (
    select
        person_id,
        category,
        sum(units) as units,
        max(last_ordered_at) as last_ordered_at
    from {{ ref('int_person_products') }}
    where category is not null
    group by
        person_id,
        category
),

ranked_categories as (
    select
        person_id,
        category,
        row_number() over (
            partition by person_id
            order by units desc, last_ordered_at desc, {{ byte_order('category') }}
        ) as category_rank
    from category_units
),

climate_zones as (
    select *
    from {{ ref('climate_zones') }}
),

lifecycle as (
    select spans.*
    from {{ ref('int_person_lifecycle') }} as spans
    cross join as_of
    where
        spans.valid_from <= as_of.as_of_on
        and (as_of.as_of_on < spans.valid_to or spans.valid_to is null)
),

sign_ups as (
    select *
    from {{ ref('int_person_sign_ups') }}
)

select
    people.person_id,
    people.is_contact,
    people.created_at,
    people.created_on,
    people.has_email,
    people.gender,
    people.city,
    people.region,
    people.country_code,
    coalesce(regions.zone, countries.zone) as climate_zone,
    people.acquisition_source,
    sign_ups.email_status as email_consent_status,
    coalesce(
        people.has_email
        and sign_ups.email_status = 'opted_in'
        and sign_ups.last_email_complained_at is null
        and sign_ups.last_email_hard_bounced_at is null,
        false
    ) as is_reachable_by_email,
    lifecycle.stage,
    lifecycle.valid_from as stage_from,
    lifecycle.valid_to as stage_until,
    coalesce(orders.orders, 0) as orders,
    coalesce(orders.purchases, 0) as purchases,
    coalesce(orders.purchases_in_loyal_days, 0) as purchases_in_loyal_days,
    orders.first_order_at,
    orders.last_order_at,
    orders.first_order_on,
    orders.last_order_on,
    orders.days_since_last_order,
    orders.tenure_days,
    coalesce(orders.gross_amount, 0) as gross_amount,
    coalesce(orders.discount_amount, 0) as discount_amount,
    coalesce(orders.order_value_amount, 0) as order_value_amount,
    coalesce(orders.refund_amount, 0) as refund_amount,
    coalesce(orders.net_revenue_amount, 0) as net_revenue_amount,
    orders.average_order_value_amount,
    coalesce(orders.orders_12_months, 0) as orders_12_months,
    coalesce(orders.net_revenue_12_months_amount, 0) as net_revenue_12_months_amount,
    intervals.mean_gap_days,
    intervals.median_gap_days,
    intervals.expected_gap_days,
    rfm.recency_score,
    rfm.frequency_score,
    rfm.monetary_score,
    rfm.rfm_segment,
    favorites.category as favorite_category
from people
left join orders on people.person_id = orders.person_id
left join intervals on people.person_id = intervals.person_id
left join rfm on people.person_id = rfm.person_id
left join ranked_categories as favorites
    on
        people.person_id = favorites.person_id
        and favorites.category_rank = 1
left join climate_zones as regions
    on
        people.country_code = regions.country_code
        and people.region = regions.region
-- a row without a region is the rest of its country
left join climate_zones as countries
    on
        people.country_code = countries.country_code
        and countries.region is null
left join lifecycle on people.person_id = lifecycle.person_id
left join sign_ups on people.person_id = sign_ups.person_id
