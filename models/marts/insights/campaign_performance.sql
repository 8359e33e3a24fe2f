-- long: what became of the messages, and what those held out and the others bought
{#- no segment has an empty name -#}
{%- set held_segments = sql_texts(setting('holdouts') | list | sort or ['']) %}
{%- set least_people = setting('lift_min_people') %}
with

as_of as (
    select {{ add_days('as_of_on', 1 - setting('lift_days')) }} as last_measured_on
    from {{ ref('as_of') }}
),

sent as (
    select
        campaign_id,
        min(sent_on) as first_sent_on,
        max(sent_on) as last_sent_on,
        count(*) as sent,
        count(delivered_on) as delivered,
        count(distinct case when is_opened then person_id end) as openers,
        count(distinct case when is_clicked then person_id end) as clickers,
        count(case when is_unsubscribed then 1 end) as unsubscribes,
        count(complained_on) as complaints,
        count(case when is_hard_bounced then 1 end) as hard_bounces
    from {{ ref('int_campaign_messages') }}
    group by campaign_id
),

log_begins as (
    select min(as_of_date) as log_begins_on
    from {{ ref('segment_membership_log') }}
),

campaigns as (
    select
        sent.*,
        campaigns.campaign_name,
        campaigns.channel,
        campaigns.segment,
        campaigns.scenario,
        -- why nothing can be compared
        case
            when not coalesce(campaigns.segment in ({{ held_segments }}), false) then 'no_holdout'
            when coalesce(log_begins.log_begins_on >= sent.first_sent_on, true) then 'no_log'
        end as obstacle
    from sent
    cross join log_begins
    left join {{ ref('int_campaigns') }} as campaigns on sent.campaign_id = campaigns.campaign_id
),

log_entries as (
    select
        entries.person_id,
        entries.segment,
        entries.change,
        entries.as_of_date as entered_on,
        lead(entries.as_of_date) over (
            partition by entries.person_id, entries.segment, entries.segment_value
            order by entries.as_of_date
        ) as left_on
    from {{ ref('segment_membership_log') }} as entries
    inner join {{ ref('int_people') }} as people on entries.person_id = people.person_id
    where
        people.is_contact
        and entries.segment in ({{ held_segments }})
),

-- members on the morning of a sending day, as the build of the day before knows them: whoever left
-- on that day may have left because of the message
audience as (
    select
        campaigns.campaign_id,
        campaigns.segment,
        log_entries.person_id,
        min(
            greatest(campaigns.first_sent_on, {{ add_days('log_entries.entered_on', 1) }})
        ) as audience_on
    from campaigns
    inner join log_entries
        on
            campaigns.segment = log_entries.segment
            and campaigns.last_sent_on > log_entries.entered_on
    where
        campaigns.obstacle is null
        and log_entries.change = 'entered'
        and coalesce(log_entries.left_on >= campaigns.first_sent_on, true)
    group by
        campaigns.campaign_id,
        campaigns.segment,
        log_entries.person_id
),

was_sent as (
    select distinct
        campaign_id,
        person_id
    from {{ ref('int_campaign_messages') }}
),

bought as (
    select
        audience.campaign_id,
        audience.person_id,
        sum(orders.net_revenue_amount) as net_revenue_amount
    from audience
    inner join {{ ref('int_orders') }} as orders
        on
            audience.person_id = orders.person_id
            and audience.audience_on <= orders.ordered_on
    where
        orders.is_valid
        and orders.ordered_on < {{ add_days('audience.audience_on', setting('lift_days')) }}
    group by
        audience.campaign_id,
        audience.person_id
),

people as (
    select
        audience.campaign_id,
        audience.audience_on <= as_of.last_measured_on as is_measured,
        case when holdouts.person_id is null then 'treated' else 'held_out' end as arm,
        case when was_sent.person_id is not null then 1 else 0 end as is_sent,
        case when bought.person_id is not null then 1 else 0 end as is_buyer,
        bought.net_revenue_amount
    from audience
    cross join as_of
    left join {{ ref('segment_holdouts') }} as holdouts
        on
            audience.person_id = holdouts.person_id
            and audience.segment = holdouts.segment
    left join was_sent
        on
            audience.campaign_id = was_sent.campaign_id
            and audience.person_id = was_sent.person_id
    left join bought
        on
            audience.campaign_id = bought.campaign_id
            and audience.person_id = bought.person_id
),

counted as (
    select
        campaign_id,
        {%- for arm in ('treated', 'held_out') %}
        count(case when is_measured and arm = '{{ arm }}' then 1 end) as {{ arm }},
        coalesce(sum(case when is_measured and arm = '{{ arm }}' then is_sent end), 0)
            as {{ arm }}_sent,
        coalesce(sum(case when is_measured and arm = '{{ arm }}' then is_buyer end), 0)
            as {{ arm }}_buyers,
        cast(
            coalesce(
                sum(case when is_measured and arm = '{{ arm }}' then net_revenue_amount end), 0
            ) as decimal(38, 4)
        ) as {{ arm }}_net_revenue_amount,
        {%- endfor %}
        count(*) as audience
    from people
    group by campaign_id
),

compared as (
    select
        campaigns.*,
        {%- for count in ('audience', 'treated', 'held_out', 'treated_sent', 'held_out_sent',
            'treated_buyers', 'held_out_buyers') %}
        case
            when campaigns.obstacle is null then cast(coalesce(counted.{{ count }}, 0) as bigint)
        end as {{ count }},
        {%- endfor %}
        {%- for arm in ('counted.treated', 'counted.held_out') %}
        {%- set name = arm | replace('counted.', '') %}
        {{ rounded_ratio(arm ~ '_buyers', 'nullif(' ~ arm ~ ', 0)') }} as {{ name }}_order_rate,
        {{ rounded_ratio(arm ~ '_net_revenue_amount', 'nullif(' ~ arm ~ ', 0)') }}
            as {{ name }}_mean_net_revenue_amount,
        {{ double_share(arm ~ '_buyers', arm) }} as {{ name }}_share,
        {{ wilson_limit(arm ~ '_buyers', arm, '-') }} as {{ name }}_low,
        {{ wilson_limit(arm ~ '_buyers', arm, '+') }} as {{ name }}_high,
        {%- endfor %}
        campaigns.first_sent_on > as_of.last_measured_on as is_running
    from campaigns
    cross join as_of
    left join counted on campaigns.campaign_id = counted.campaign_id
),

lifts as (
    select
        compared.*,
        {%- for end, other_end, sign in [('low', 'high', '-'), ('high', 'low', '+')] %}
        {{ difference_limit(
            'compared.treated_share', 'compared.held_out_share',
            'compared.treated_' ~ end, 'compared.held_out_' ~ other_end, sign
        ) }} as lift_points_{{ end }},
        {%- endfor %}
        cast(
            100 * (compared.treated_order_rate - compared.held_out_order_rate) as decimal(18, 4)
        ) as lift_points
    from compared
)

select
    campaign_id,
    campaign_name,
    channel,
    segment,
    scenario,
    first_sent_on,
    last_sent_on,
    cast(sent as bigint) as sent,
    cast(delivered as bigint) as delivered,
    cast(openers as bigint) as openers,
    cast(clickers as bigint) as clickers,
    cast(unsubscribes as bigint) as unsubscribes,
    {{ rounded_ratio('unsubscribes', 'nullif(delivered, 0)') }} as unsubscribe_rate,
    cast(complaints as bigint) as complaints,
    {{ rounded_ratio('complaints', 'nullif(delivered, 0)') }} as complaint_rate,
    cast(hard_bounces as bigint) as hard_bounces,
    audience,
    treated,
    held_out,
    treated_sent,
    held_out_sent,
    treated_buyers,
    held_out_buyers,
    treated_order_rate,
    held_out_order_rate,
    lift_points,
    lift_points_low,
    lift_points_high,
    treated_mean_net_revenue_amount,
    held_out_mean_net_revenue_amount,
    case
        when obstacle is not null then obstacle
        when is_running then 'running'
        when
            treated < {{ least_people }}
            or held_out < {{ least_people }}
            then 'too_few'
        when
            held_out_sent * treated
            > {{ exact_share('holdout_max_sent_share') }} * treated_sent * held_out
            then 'broken_holdout'
        when treated_sent = 0 then 'not_sent'
        when lift_points_low > 0 then 'helps'
        when lift_points_high < 0 then 'harms'
        else 'no_difference'
    end as verdict
from lifts
