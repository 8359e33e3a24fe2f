{{ config(tags=['proof']) }}

-- long: two arms, each with its own counts
-- Who is in a segment on a morning: entered more often than left before that day. The first such
-- morning is the campaign's first one, or the morning after somebody entered.
with

sent as (
    select
        campaign_id,
        min(sent_on) as first_sent_on,
        max(sent_on) as last_sent_on,
        {{ wide('count(*)') }} as sent,
        {{ wide('count(delivered_on)') }} as delivered,
        count(distinct case when opened = 1 then person_id end) as openers,
        count(distinct case when clicked = 1 then person_id end) as clickers,
        {{ wide('sum(unsubscribed)') }} as unsubscribes,
        {{ wide('count(complained_on)') }} as complaints,
        sum(hard_bounced) as hard_bounces
    from {{ ref('proof_campaign_messages') }}
    group by campaign_id
),

log_begin as (
    select min(as_of_date) as begins_on
    from {{ ref('segment_membership_log') }}
),

campaigns as (
    select
        sent.*,
        named.campaign_name,
        named.channel,
        named.segment,
        named.scenario,
        case
            when
                named.segment in ({{ sql_texts(setting('holdouts') | list + ['']) }})
                and named.segment <> ''
                then case when log_begin.begins_on < sent.first_sent_on then '' else 'no_log' end
            else 'no_holdout'
        end as obstacle
    from sent
    cross join log_begin
    left join {{ ref('stg_crm__campaigns') }} as named on sent.campaign_id = named.campaign_id
),

measurable as (
    select *
    from campaigns
    where obstacle = ''
),

changes as (
    select
        entries.segment,
        entries.segment_value,
        entries.person_id,
        entries.change,
        {{ add_days('entries.as_of_date', 1) }} as holds_from
    from {{ ref('segment_membership_log') }} as entries
    inner join {{ ref('people') }} as people
        on
            entries.person_id = people.person_id
            and people.is_contact
),

-- the mornings on which somebody may be seen first
mornings as (
    select
        campaign_id,
        segment,
        cast(null as {{ dbt.type_string() }}) as person_id,
        first_sent_on as morning
    from measurable
    union
    select
        measurable.campaign_id,
        measurable.segment,
        changes.person_id,
        changes.holds_from as morning
    from measurable
    inner join changes
        on
            measurable.segment = changes.segment
            and changes.change = 'entered'
            and measurable.first_sent_on < changes.holds_from
            and measurable.last_sent_on >= changes.holds_from
),

present as (
    select
        mornings.campaign_id,
        changes.person_id,
        changes.segment_value,
        mornings.segment,
        mornings.morning
    from mornings
    inner join changes
        on
            mornings.segment = changes.segment
            and coalesce(mornings.person_id, changes.person_id) = changes.person_id
            and mornings.morning >= changes.holds_from
    group by
        mornings.campaign_id,
        changes.person_id,
        changes.segment_value,
        mornings.segment,
        mornings.morning
    having sum(case when changes.change = 'entered' then 1 else -1 end) > 0
),

audiences as (
    select
        campaign_id,
        person_id,
        segment,
        min(morning) as morning
    from present
    group by
        campaign_id,
        person_id,
        segment
),

recipients as (
    select distinct
        campaign_id,
        person_id
    from {{ ref('proof_campaign_messages') }}
),

ordered as (
    select
        audiences.campaign_id,
        audiences.person_id,
        sum(orders.net_revenue_amount) as net_revenue
    from audiences
    inner join {{ ref('proof_orders') }} as orders
        on
            audiences.person_id = orders.person_id
            and audiences.morning <= orders.ordered_on
            and {{ add_days('audiences.morning', setting('lift_days')) }} > orders.ordered_on
    group by
        audiences.campaign_id,
        audiences.person_id
),

members as (
    select
        audiences.campaign_id,
        case
            when {{ add_days('audiences.morning', setting('lift_days') - 1) }} > as_of.as_of_on
                then 'early'
            when holdouts.person_id is null then 'treated'
            else 'held_out'
        end as arm,
        recipients.person_id as sent_to,
        ordered.person_id as buyer,
        ordered.net_revenue
    from audiences
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('segment_holdouts') }} as holdouts
        on
            audiences.segment = holdouts.segment
            and audiences.person_id = holdouts.person_id
    left join recipients
        on
            audiences.campaign_id = recipients.campaign_id
            and audiences.person_id = recipients.person_id
    left join ordered
        on
            audiences.campaign_id = ordered.campaign_id
            and audiences.person_id = ordered.person_id
),

counted as (
    select
        measurable.campaign_id,
        {% for arm in ['treated', 'held_out'] -%}
        {{ wide("count(case when members.arm = '" ~ arm ~ "' then 1 end)") }} as {{ arm }},
        {{ wide("count(case when members.arm = '" ~ arm ~ "' then members.sent_to end)") }}
            as {{ arm }}_sent,
        {{ wide("count(case when members.arm = '" ~ arm ~ "' then members.buyer end)") }}
            as {{ arm }}_buyers,
        {{ in_units(
            "coalesce(sum(case when members.arm = '" ~ arm ~ "' then members.net_revenue end), 0)",
            10000
        ) }} as {{ arm }}_revenue,
        {% endfor -%}
        count(members.arm) as audience
    from measurable
    left join members on measurable.campaign_id = members.campaign_id
    group by measurable.campaign_id
),

rates as (
    select
        *,
        {% for arm in ['treated', 'held_out'] -%}
        {{ recounted_ratio(arm ~ '_buyers', 'nullif(' ~ arm ~ ', 0)') }} as {{ arm }}_rate,
        {{ recounted_ratio(arm ~ '_revenue', 'nullif(' ~ arm ~ ' * 10000, 0)') }}
            as {{ arm }}_mean,
        {{ recounted_score_limit(arm ~ '_buyers', arm, '-') }} as {{ arm }}_low,
        {{ recounted_score_limit(arm ~ '_buyers', arm, '+') }} as {{ arm }}_high,
        cast({{ arm }}_buyers as {{ double_type() }}) as {{ arm }}_x,
        cast(nullif({{ arm }}, 0) as {{ double_type() }}) as {{ arm }}_n,
        {% endfor -%}
        treated + held_out as measured
    from counted
),

shares as (
    select
        *,
        treated_x / treated_n as treated_p,
        held_out_x / held_out_n as held_out_p
    from rates
),

intervals as (
    select
        *,
        100 * (treated_rate - held_out_rate) as lift_points,
        cast(
            cast(
                100 * (
                    treated_p - held_out_p - sqrt(
                        power(treated_p - treated_low, 2) + power(held_out_high - held_out_p, 2)
                    )
                ) as decimal(38, 12)
            ) as decimal(18, 4)
        ) as lift_points_low,
        cast(
            cast(
                100 * (
                    treated_p - held_out_p + sqrt(
                        power(treated_high - treated_p, 2) + power(held_out_p - held_out_low, 2)
                    )
                ) as decimal(38, 12)
            ) as decimal(18, 4)
        ) as lift_points_high
    from shares
),

recounted as (
    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.channel,
        campaigns.segment,
        campaigns.scenario,
        campaigns.first_sent_on,
        campaigns.last_sent_on,
        campaigns.sent,
        campaigns.delivered,
        campaigns.openers,
        campaigns.clickers,
        campaigns.unsubscribes,
        {{ recounted_ratio('campaigns.unsubscribes', 'nullif(campaigns.delivered, 0)') }}
            as unsubscribe_rate,
        campaigns.complaints,
        {{ recounted_ratio('campaigns.complaints', 'nullif(campaigns.delivered, 0)') }}
            as complaint_rate,
        campaigns.hard_bounces,
        intervals.audience,
        intervals.treated,
        intervals.held_out,
        intervals.treated_sent,
        intervals.held_out_sent,
        intervals.treated_buyers,
        intervals.held_out_buyers,
        intervals.treated_rate as treated_order_rate,
        intervals.held_out_rate as held_out_order_rate,
        intervals.lift_points,
        intervals.lift_points_low,
        intervals.lift_points_high,
        intervals.treated_mean as treated_mean_net_revenue_amount,
        intervals.held_out_mean as held_out_mean_net_revenue_amount,
        case
            when campaigns.obstacle <> '' then campaigns.obstacle
            when
                {{ add_days('campaigns.first_sent_on', setting('lift_days') - 1) }}
                > as_of.as_of_on
                then 'running'
            when
                intervals.treated < {{ setting('lift_min_people') }}
                or intervals.held_out < {{ setting('lift_min_people') }}
                then 'too_few'
            when
                intervals.held_out_sent * intervals.treated * 1000000
                > intervals.treated_sent * intervals.held_out
                * {{ millionths(setting('holdout_max_sent_share')) }}
                then 'broken_holdout'
            when intervals.treated_sent < 1 then 'not_sent'
            when intervals.lift_points_low > 0 then 'helps'
            when intervals.lift_points_high < 0 then 'harms'
            else 'no_difference'
        end as verdict
    from campaigns
    cross join {{ ref('as_of') }} as as_of
    left join intervals on campaigns.campaign_id = intervals.campaign_id
)

{{ rows_that_differ(ref('campaign_performance'), 'recounted', [
    'campaign_id', 'campaign_name', 'channel', 'segment', 'scenario', 'first_sent_on',
    'last_sent_on', 'sent', 'delivered', 'openers', 'clickers', 'unsubscribes',
    'unsubscribe_rate', 'complaints', 'complaint_rate', 'hard_bounces', 'audience', 'treated',
    'held_out', 'treated_sent', 'held_out_sent', 'treated_buyers', 'held_out_buyers',
    'treated_order_rate', 'held_out_order_rate', 'lift_points', 'lift_points_low',
    'lift_points_high', 'treated_mean_net_revenue_amount', 'held_out_mean_net_revenue_amount',
    'verdict'
]) }}
