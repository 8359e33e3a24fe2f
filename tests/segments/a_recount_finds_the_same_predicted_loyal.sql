-- Hardly gone, and expected to order often in a year.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('expected_orders_365_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from predictions
    where
        p_alive >= {{ floating(setting('predicted_loyal_min_alive')) }}
        and expected_orders_365_days >= {{ floating(setting('predicted_loyal_min_orders')) }}
)

{{ members_that_differ(ref('predicted_loyal')) }}
