-- Of those whose orders are all of one day, the share who are the likeliest to order in 90 days.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

candidates as (
    select *
    from predictions
    where purchases = 1
),

recounted as (
    {{ recounted_best(
        'candidates', 'order_probability_90_days', setting('likely_second_share')
    ) | indent }}
)

{{ members_that_differ(ref('likely_second_purchase')) }}
