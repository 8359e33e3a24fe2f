-- Two purchases or more, and much more money expected in a year than the last 12 months brought.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

-- in the smallest unit of a predicted value that is compared with money
compared as (
    select
        person_id,
        last_ordered_at,
        {{ in_billionths('predicted_value_365_days') }} as expected,
        {{ in_units('net_revenue', 1000000000) }} as brought
    from predictions
    where
        purchases >= 2
        and net_revenue > 0
        and predicted_value_365_days is not null
),

recounted as (
    select
        person_id,
        '' as segment_value,
        {{ recounted_ratio('expected', 'brought') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from compared
    where expected * 1000000 > brought * {{ millionths(setting('rising_multiple')) }}
)

{{ members_that_differ(ref('rising_value')) }}
