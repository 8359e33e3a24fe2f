-- Alive with a high probability, and many orders to expect.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('expected_orders_365_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from buyers
    where
        p_alive >= {{ setting('predicted_loyal_min_alive') }}
        and expected_orders_365_days >= {{ setting('predicted_loyal_min_orders') }}
)

{{ members_that_differ(ref('predicted_loyal')) }}
