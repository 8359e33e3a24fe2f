-- The buyers whose next order is the most likely within 30 days.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

best as (
    {{ recounted_share('buyers', 'order_probability_30_days', setting('likely_to_buy_share')) | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('order_probability_30_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from best
)

{{ members_that_differ(ref('likely_to_buy_30_days')) }}
