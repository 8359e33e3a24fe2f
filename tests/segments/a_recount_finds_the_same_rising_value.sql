-- Two purchases or more, and more to expect of the next year than the last one brought.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('predicted_value_365_days / last_year_amount') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from buyers
    where
        purchases >= 2
        and last_year_amount > 0
        and cast(predicted_value_365_days as decimal(28, 9)) * 1000000
        > last_year_amount * {{ millionths(setting('rising_multiple')) }}
)

{{ members_that_differ(ref('rising_value')) }}
