-- Two purchases or more, and more likely gone than not, but not nearly certainly.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('churn_probability') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from buyers
    where
        purchases >= 2
        and churn_probability >= {{ setting('churn_risk_min') }}
        and not churn_probability >= {{ setting('predicted_lost_min') }}
)

{{ members_that_differ(ref('churn_risk')) }}
