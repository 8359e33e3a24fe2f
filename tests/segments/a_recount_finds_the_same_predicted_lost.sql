-- All but gone, after however many purchases.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('churn_probability') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from predictions
    where
        churn_probability >= {{ floating(setting('predicted_lost_min')) }}
)

{{ members_that_differ(ref('predicted_lost')) }}
