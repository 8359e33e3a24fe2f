-- Gone with near certainty, however many purchases there were.
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
    where churn_probability >= {{ setting('predicted_lost_min') }}
)

{{ members_that_differ(ref('predicted_lost')) }}
