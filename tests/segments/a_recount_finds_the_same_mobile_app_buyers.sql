-- Orders in the mobile app.
with

recounted as (
    select
        person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
        and sales_channel = 'mobile_app'
    group by person_id
    having count(*) >= {{ setting('mobile_app_min_orders') }}
)

{{ members_that_differ(ref('mobile_app_buyers')) }}
