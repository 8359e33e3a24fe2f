-- The buyers of whom the most money is to be expected.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

best as (
    {{ recounted_share('buyers', 'predicted_value_365_days', setting('high_future_value_share')) | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('predicted_value_365_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from best
)

{{ members_that_differ(ref('high_future_value')) }}
