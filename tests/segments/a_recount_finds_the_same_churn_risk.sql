-- Two purchases or more, and rather gone than not, but not yet given up.
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
        purchases >= 2
        and churn_probability >= {{ floating(setting('churn_risk_min')) }}
        and churn_probability < {{ floating(setting('predicted_lost_min')) }}
)

{{ members_that_differ(ref('churn_risk')) }}
