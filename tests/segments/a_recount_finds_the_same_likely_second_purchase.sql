-- Of those with a single purchase, the most likely to come back within 90 days.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

asked as (
    select *
    from buyers
    where purchases = 1
),

best as (
    {{ recounted_share('asked', 'order_probability_90_days', setting('likely_second_share')) | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('order_probability_90_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from best
)

{{ members_that_differ(ref('likely_second_purchase')) }}
