{{ config(tags=['proof']) }}

with

recent as (
    select {{ add_days('as_of_on', 1 - setting('complaint_days')) }} as first_on
    from {{ ref('as_of') }}
),

counted as (
    select
        campaigns.segment,
        {{ wide('count(case when messages.delivered_on >= recent.first_on then 1 end)') }}
            as delivered,
        {{ wide('count(case when messages.complained_on >= recent.first_on then 1 end)') }}
            as complaints
    from {{ ref('proof_campaign_messages') }} as messages
    cross join recent
    inner join {{ ref('stg_crm__campaigns') }} as campaigns
        on messages.campaign_id = campaigns.campaign_id
    where
        messages.channel = 'email'
        and campaigns.segment is not null
    group by campaigns.segment
),

recounted as (
    select
        segment,
        delivered,
        complaints,
        {{ recounted_ratio('complaints', 'nullif(delivered, 0)') }} as complaint_rate,
        (
            delivered >= {{ setting('complaint_min_delivered') }}
            and complaints * 1000000
            >= delivered * {{ millionths(setting('complaint_max_rate')) }}
        ) as is_too_high
    from counted
)

{{ rows_that_differ(ref('segment_complaints'), 'recounted', [
    'segment', 'delivered', 'complaints', 'complaint_rate', 'is_too_high'
]) }}
