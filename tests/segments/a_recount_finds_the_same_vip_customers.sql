-- A buyer whose orders have brought more than a VIP must bring, net of refunds.
with

recounted as (
    select
        person_id,
        '' as segment_value,
        cast(sum(net_revenue_amount) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
    group by person_id
    having sum(net_revenue_amount) > {{ setting('vip_min_lifetime_value') }}
)

{{ members_that_differ(ref('vip_customers')) }}
