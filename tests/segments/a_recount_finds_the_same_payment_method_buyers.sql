-- Orders by payment method.
with

recounted as (
    select
        person_id,
        payment_method as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
        and payment_method is not null
    group by
        person_id,
        payment_method
)

{{ members_that_differ(ref('payment_method_buyers')) }}
