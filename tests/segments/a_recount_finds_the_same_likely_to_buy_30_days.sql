-- The share of the buyers who are the likeliest to order in 30 days.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    {{ recounted_best(
        'predictions', 'order_probability_30_days', setting('likely_to_buy_share')
    ) | indent }}
)

{{ members_that_differ(ref('likely_to_buy_30_days')) }}
