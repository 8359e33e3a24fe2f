with

recent as (
    select {{ add_days('as_of_on', -setting('complaint_days')) }} as after_on
    from {{ ref('as_of') }}
),

counted as (
    select
        campaigns.segment,
        count(case when messages.delivered_on > recent.after_on then 1 end) as delivered,
        count(case when messages.complained_on > recent.after_on then 1 end) as complaints
    from {{ ref('int_campaign_messages') }} as messages
    inner join {{ ref('int_campaigns') }} as campaigns
        on messages.campaign_id = campaigns.campaign_id
    cross join recent
    where
        messages.channel = 'email'
        and campaigns.segment is not null
    group by campaigns.segment
)

select
    segment,
    cast(delivered as bigint) as delivered,
    cast(complaints as bigint) as complaints,
    {{ rounded_ratio('complaints', 'nullif(delivered, 0)') }} as complaint_rate,
    delivered >= {{ setting('complaint_min_delivered') }}
    and complaints >= {{ exact_share('complaint_max_rate') }} * delivered as is_too_high
from counted
