{{ config(tags=['proof']) }}

-- Of a segment without an e-mail, there is nothing to count, but a row.
with

recent as (
    select {{ add_days('as_of_on', 1 - setting('complaint_days')) }} as first_on
    from {{ ref('as_of') }}
),

messages as (
    select
        campaigns.segment,
        case when messages.delivered_on >= recent.first_on then 1 else 0 end as delivered,
        case when messages.complained_on >= recent.first_on then 1 else 0 end as complaints,
        case when messages.channel = 'email' then 1 else 0 end as emails
    from {{ ref('proof_campaign_messages') }} as messages
    cross join recent
    inner join {{ ref('stg_crm__campaigns') }} as campaigns
        on
            messages.campaign_id = campaigns.campaign_id
            and campaigns.segment is not null
),

counted as (
    select
        segment,
        {{ wide('sum(delivered * emails)') }} as delivered,
        {{ wide('sum(complaints * emails)') }} as complaints
    from messages
    group by segment
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
