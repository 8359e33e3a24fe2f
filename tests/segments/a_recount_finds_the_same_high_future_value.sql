-- The share of the buyers from whom most money is expected in a year.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    {{ recounted_best(
        'predictions', 'predicted_value_365_days', setting('high_future_value_share')
    ) | indent }}
)

{{ members_that_differ(ref('high_future_value')) }}
