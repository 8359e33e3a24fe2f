-- Orders by shipping method.
with

recounted as (
    select
        person_id,
        shipping_method as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
        and shipping_method is not null
    group by
        person_id,
        shipping_method
)

{{ members_that_differ(ref('shipping_method_buyers')) }}
