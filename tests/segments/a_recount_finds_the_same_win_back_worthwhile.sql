-- Of those who stay away, the ones of whom the most money is to be expected.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

asked as (
    select *
    from buyers
    where stage in ('at_risk_customers', 'inactive_customers')
),

best as (
    {{ recounted_share('asked', 'predicted_value_365_days', setting('win_back_share')) | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ predicted_evidence('predicted_value_365_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from best
)

{{ members_that_differ(ref('win_back_worthwhile')) }}
