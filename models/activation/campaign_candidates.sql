-- long: every fact that sets a scenario off, side by side; then what was sent, and what may go
with

days as (
    select {{ add_days('as_of_on', 1) }} as send_on
    from {{ ref('as_of') }}
),

scenarios as (
    select *
    from {{ ref('int_timed_scenarios') }}
),

contacts as (
    select *
    from {{ ref('int_person_features') }}
    where is_contact
),

deliveries as (
    select
        person_id,
        max({{ local_day('delivered_at') }}) as delivered_on
    from {{ ref('int_orders') }}
    where is_valid
    group by person_id
),

-- who was in when the log began has not entered
log_began as (
    select min(as_of_date) as began_on
    from {{ ref('segment_membership_log') }}
),

entries as (
    select
        log.person_id,
        log.segment,
        max(log.as_of_date) as entered_on
    from {{ ref('segment_membership_log') }} as log
    cross join log_began
    where
        log.change = 'entered'
        and log.segment_value = ''
        and log.as_of_date > log_began.began_on
    group by
        log.person_id,
        log.segment
),

-- without a segment or channel it holds for any
triggers as (
    {% for fact, day, relation in [
        ('sign_up', 'created_on', 'contacts'),
        ('stage_entry', 'stage_from', 'contacts'),
        ('order', 'last_order_on', 'contacts'),
        ('first_order', 'first_order_on', 'contacts'),
        ('delivery', 'delivered_on', 'deliveries'),
        ('expected_order', 'expected_next_order_on', ref('int_person_predictions')),
        ('cart', local_day('max(evidence_at)'), ref('cart_abandoners')),
        ('view', local_day('max(evidence_at)'), ref('recent_viewers')),
        ('photo_review', local_day('max(evidence_at)'), ref('photo_reviewers')),
        ('low_stock', local_day('max(evidence_at)'), ref('favorites_low_stock')),
        ('question', 'max(opened_on)', ref('int_person_tickets_12_months')),
    ] -%}
    select
        person_id,
        '{{ fact }}' as set_off_by,
        {{ day }} as trigger_on,
        cast(null as {{ dbt.type_string() }}) as channel,
        cast(null as {{ dbt.type_string() }}) as segment
    from {{ relation }}
    {{ 'group by person_id' if 'max(' in day }}
    union all
    {% endfor -%}
    select
        contacts.person_id,
        'welcome_over' as set_off_by,
        {{ add_days('contacts.created_on', 'caps.third_after_days') }} as trigger_on,
        caps.channel,
        null as segment
    from contacts
    inner join {{ ref('int_messaging_policy') }} as caps on contacts.stage = caps.stage
    union all
    select
        person_id,
        'birthday' as set_off_by,
        next_birthday_on as trigger_on,
        null as channel,
        null as segment
    from {{ ref('int_person_ages') }}
    where days_to_birthday = 1
    union all
    select
        person_id,
        'silence' as set_off_by,
        first_unanswered_on as trigger_on,
        channel,
        null as segment
    from {{ ref('contactability') }}
    union all
    select
        person_id,
        'segment_entry' as set_off_by,
        entered_on as trigger_on,
        null as channel,
        segment
    from entries
),

timed as (
    select
        triggers.person_id,
        scenarios.*,
        triggers.trigger_on,
        days.send_on,
        {{ add_days(
            add_months('triggers.trigger_on', 'scenarios.due_months'), 'scenarios.due_days'
        ) }} as first_due_on
    from triggers
    cross join days
    inner join scenarios
        on
            triggers.set_off_by = scenarios.set_off_by
            and coalesce(triggers.channel, scenarios.channel) = scenarios.channel
            and coalesce(triggers.segment, scenarios.segment) = scenarios.segment
    where triggers.trigger_on <= days.send_on
),

members as (
    select distinct
        memberships.person_id,
        memberships.segment
    from {{ ref('segment_memberships') }} as memberships
    where memberships.segment in (select scenarios.segment from scenarios)
),

begun as (
    select timed.*
    from timed
    inner join members
        on
            timed.person_id = members.person_id
            and timed.segment = members.segment
    where
        timed.first_due_on <= timed.send_on
        and (
            timed.never_lapses
            or timed.send_on < {{ add_days(
                'timed.first_due_on',
                'timed.wait_days + coalesce(timed.third_days, timed.second_days, 0)'
            ) }}
        )
),

-- what its campaign does not name may have been any scenario that was due
sent as (
    select
        begun.person_id,
        begun.segment,
        begun.scenario,
        begun.channel,
        count(*) as times,
        max(messages.sent_on) as last_sent_on
    from begun
    inner join {{ ref('int_sent_messages') }} as messages
        on
            begun.person_id = messages.person_id
            and begun.channel = messages.channel
            and coalesce(messages.scenario, begun.scenario) = begun.scenario
            and messages.sent_on >= case
                when messages.scenario is null then begun.first_due_on
                else begun.trigger_on
            end
    group by
        begun.person_id,
        begun.segment,
        begun.scenario,
        begun.channel
),

due as (
    select
        begun.*,
        case
            when sent.times is null then begun.first_due_on
            when sent.times = 1 and begun.second_days is not null
                then {{ add_days('begun.trigger_on', 'begun.second_days') }}
            when sent.times = 2 and begun.third_days is not null
                then {{ add_days('begun.trigger_on', 'begun.third_days') }}
            else {{ add_days('sent.last_sent_on', 'begun.repeat_days') }}
        end as due_on
    from begun
    left join sent
        on
            begun.person_id = sent.person_id
            and begun.segment = sent.segment
            and begun.scenario = sent.scenario
            and begun.channel = sent.channel
),

ranked as (
    select
        due.*,
        pressure.is_allowed,
        pressure.free_on,
        pressure.base_messages_left,
        pressure.reason as pressure_reason,
        -- what fell due within the month may still go
        coalesce(
            due.send_on > pressure.month_until
            and (due.due_on > pressure.month_until or due.never_lapses),
            false
        ) as is_month_over,
        coalesce(pressure.open_on = due.send_on, false) as is_open,
        due.segment = 'all_customers' as is_base_wide,
        holdouts.person_id is not null as is_held_out,
        row_number() over (
            partition by due.person_id, due.scenario, due.channel
            order by
                holdouts.person_id is not null asc,
                due.segment = 'all_customers' asc,
                due.priority asc,
                {{ byte_order('due.segment') }} asc
        ) as reading
    from due
    inner join {{ ref('contactability') }} as pressure
        on
            due.person_id = pressure.person_id
            and due.channel = pressure.channel
    left join {{ ref('segment_holdouts') }} as holdouts
        on
            due.person_id = holdouts.person_id
            and due.segment = holdouts.segment
    where
        due.due_on <= due.send_on
        and (
            due.never_lapses
            or due.send_on < {{ add_days('due.due_on', 'due.wait_days') }}
        )
),

judged as (
    select
        *,
        case
            when not is_allowed then pressure_reason
            when is_service_message then null
            when is_held_out then 'held_out'
            when is_month_over then 'month_over'
            when pressure_reason = 'spaced_out' then 'spaced_out'
            when free_on > send_on then 'cap_reached'
            when not is_open then 'quiet_day'
            when is_base_wide and base_messages_left = 0 then 'base_cap_reached'
        end as held_back_by,
        row_number() over (
            partition by person_id, channel
            order by
                is_service_message desc,
                is_base_wide asc,
                priority asc,
                due_on asc,
                {{ byte_order('segment') }} asc,
                {{ byte_order('scenario') }} asc
        ) as due_rank
    from ranked
    where reading = 1
),

chosen as (
    select
        *,
        min(case when held_back_by is null and not is_service_message then due_rank end)
            over (partition by person_id, channel) as going_rank
    from judged
)

select
    person_id,
    scenario,
    channel,
    scenario_fr,
    programme,
    segment,
    set_off_by,
    trigger_on,
    due_on,
    send_on,
    cast(due_rank as integer) as due_rank,
    is_service_message,
    held_back_by is null and (is_service_message or due_rank = going_rank) as is_queued,
    case
        when held_back_by is not null then held_back_by
        when not is_service_message and due_rank <> going_rank then 'another_goes'
    end as held_back_by
from chosen
