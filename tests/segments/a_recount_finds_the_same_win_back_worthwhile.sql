-- Of those who should have bought again by now, the share from whom most money is expected in a
-- year.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

candidates as (
    select *
    from predictions
    where stage in ('at_risk_customers', 'inactive_customers')
),

recounted as (
    {{ recounted_best(
        'candidates', 'predicted_value_365_days', setting('win_back_share')
    ) | indent }}
)

{{ members_that_differ(ref('win_back_worthwhile')) }}
