{{ config(tags=['proof']) }}

-- long: what sets each scenario off, when it is due, and what holds it back
-- Everybody in the segment of a scenario, from the day that it rests on, less what was sent since.
with

days as (
    select
        as_of_on,
        {{ add_days('as_of_on', 1) }} as send_on
    from {{ ref('as_of') }}
),

log_begin as (
    select min(as_of_date) as begins_on
    from {{ ref('segment_membership_log') }}
),

-- what lasts never lapses
scenarios as (
    select
        scenarios.segment,
        scenarios.scenario,
        scenarios.scenario_fr,
        scenarios.programme,
        scenarios.channel,
        triggers.set_off_by,
        {{ normalised_text('scenarios.scenario') }} as name_en,
        {{ normalised_text('scenarios.scenario_fr') }} as name_fr,
        cast(scenarios.priority as integer) as priority,
        cast(scenarios.is_service_message as boolean) as is_service_message,
        case when scenarios.segment = 'all_customers' then 1 else 0 end as is_to_all,
        cast(delays.due_days as integer) as due_days,
        cast(delays.due_months as integer) as due_months,
        cast(delays.second_days as integer) as second_days,
        cast(delays.third_days as integer) as third_days,
        cast(delays.repeat_days as integer) as repeat_days,
        case
            when cast(scenarios.is_service_message as boolean) then 2
            when triggers.set_off_by <> 'low_stock' and delays.repeat_days is null
                then cast(delays.wait_days as integer)
        end as lapses_after
    from {{ ref('campaign_scenarios') }} as scenarios
    inner join {{ ref('scenario_triggers') }} as triggers on scenarios.trigger = triggers.trigger
    inner join {{ ref('scenario_delays') }} as delays on scenarios.delay = delays.delay
    where
        triggers.set_off_by is not null
        and scenarios.channel in ('email', 'sms', 'post', 'phone')
),

-- where a trigger says nothing of channel or segment, it is any
triggers as (
    {% for set_off_by, day in {
        'sign_up': 'created_on',
        'welcome_over': add_days('created_on', 3),
        'stage_entry': 'stage_from',
    }.items() -%}
    select
        '{{ set_off_by }}' as set_off_by,
        person_id,
        {{ day }} as trigger_on,
        cast(null as {{ dbt.type_string() }}) as channel,
        cast(null as {{ dbt.type_string() }}) as segment
    from {{ ref('people') }}
    union all
    {% endfor -%}
    {% for set_off_by, day in {
        'order': 'max(orders.ordered_on)',
        'first_order': 'min(orders.ordered_on)',
        'delivery': 'max(case when ' ~ local_day('staged.delivered_at') ~ ' <= days.as_of_on then '
            ~ local_day('staged.delivered_at') ~ ' end)',
    }.items() -%}
    select
        '{{ set_off_by }}' as set_off_by,
        orders.person_id,
        {{ day }} as trigger_on,
        null as channel,
        null as segment
    from {{ ref('proof_orders') }} as orders
    cross join days
    inner join {{ ref('stg_shop__orders') }} as staged on orders.order_id = staged.order_id
    group by orders.person_id
    union all
    {% endfor -%}
    {% for set_off_by, segment in {
        'cart': 'cart_abandoners',
        'view': 'recent_viewers',
        'low_stock': 'favorites_low_stock',
        'photo_review': 'photo_reviewers',
    }.items() -%}
    select
        '{{ set_off_by }}' as set_off_by,
        person_id,
        max({{ local_day('evidence_at') }}) as trigger_on,
        null as channel,
        null as segment
    from {{ ref('segment_memberships') }}
    where segment = '{{ segment }}'
    group by person_id
    union all
    {% endfor -%}
    select
        'birthday' as set_off_by,
        members.person_id,
        days.send_on as trigger_on,
        null as channel,
        null as segment
    from {{ ref('segment_memberships') }} as members
    cross join days
    where
        members.segment = 'upcoming_birthdays'
        and members.evidence = 1
    union all
    select
        'question' as set_off_by,
        case when customers.key_value is null then emails.person_id else customers.person_id end
            as person_id,
        max(tickets.opened_on) as trigger_on,
        null as channel,
        null as segment
    from {{ ref('stg_crm__support_tickets') }} as tickets
    inner join {{ ref('proof_days') }} as windows
        on
            tickets.opened_on = windows.counted_on
            and windows.leaves_12_months_on is not null
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and tickets.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and tickets.email_key = emails.key_value
    group by
        case when customers.key_value is null then emails.person_id else customers.person_id end
    union all
    select
        'expected_order' as set_off_by,
        person_id,
        expected_next_order_on as trigger_on,
        null as channel,
        null as segment
    from {{ ref('int_person_predictions') }}
    union all
    select
        'silence' as set_off_by,
        person_id,
        first_unanswered_on as trigger_on,
        channel,
        null as segment
    from {{ ref('contactability') }}
    union all
    select
        'segment_entry' as set_off_by,
        entries.person_id,
        max(entries.as_of_date) as trigger_on,
        null as channel,
        entries.segment
    from {{ ref('segment_membership_log') }} as entries
    inner join log_begin on entries.as_of_date > log_begin.begins_on
    where entries.change = 'entered'
    group by
        entries.person_id,
        entries.segment
),

set_off as (
    select
        scenarios.*,
        members.person_id,
        triggers.trigger_on,
        {{ add_days(
            add_months('triggers.trigger_on', 'scenarios.due_months'), 'scenarios.due_days'
        ) }} as first_due_on
    from scenarios
    inner join {{ ref('proof_members') }} as members on scenarios.segment = members.segment
    inner join triggers
        on
            scenarios.set_off_by = triggers.set_off_by
            and members.person_id = triggers.person_id
            and scenarios.channel = coalesce(triggers.channel, scenarios.channel)
            and scenarios.segment = coalesce(triggers.segment, scenarios.segment)
    where triggers.trigger_on is not null
),

-- a message whose campaign names no scenario counts as whatever was due
sent as (
    select
        set_off.person_id,
        set_off.segment,
        set_off.scenario,
        count(*) as messages,
        max(messages.sent_on) as last_sent_on
    from set_off
    inner join {{ ref('proof_sent_messages') }} as messages
        on
            set_off.person_id = messages.person_id
            and set_off.channel = messages.channel
    where
        (messages.names_none and messages.sent_on >= set_off.first_due_on)
        or (
            messages.scenario in (set_off.name_en, set_off.name_fr)
            and messages.sent_on >= set_off.trigger_on
        )
    group by
        set_off.person_id,
        set_off.segment,
        set_off.scenario
),

timed as (
    select
        set_off.*,
        case
            when sent.messages is null then set_off.first_due_on
            when sent.messages = 1 and set_off.second_days is not null
                then {{ add_days('set_off.trigger_on', 'set_off.second_days') }}
            when sent.messages = 2 and set_off.third_days is not null
                then {{ add_days('set_off.trigger_on', 'set_off.third_days') }}
            else {{ add_days('sent.last_sent_on', 'set_off.repeat_days') }}
        end as due_on
    from set_off
    left join sent
        on
            set_off.person_id = sent.person_id
            and set_off.segment = sent.segment
            and set_off.scenario = sent.scenario
),

-- of two segments that have a scenario in common, one that does not hold the person out
due as (
    select
        timed.*,
        days.send_on,
        holdouts.person_id is not null as is_held_out,
        row_number() over (
            partition by timed.person_id, timed.scenario, timed.channel
            order by
                case when holdouts.person_id is null then 0 else 1 end,
                timed.is_to_all,
                timed.priority,
                {{ byte_order('timed.segment') }}
        ) as place
    from timed
    cross join days
    left join {{ ref('segment_holdouts') }} as holdouts
        on
            timed.person_id = holdouts.person_id
            and timed.segment = holdouts.segment
    where
        timed.due_on <= days.send_on
        and coalesce({{ add_days('timed.due_on', 'timed.lapses_after') }} > days.send_on, true)
),

judged as (
    select
        due.*,
        row_number() over (
            partition by due.person_id, due.channel
            order by
                case when due.is_service_message then 0 else 1 end,
                due.is_to_all,
                due.priority,
                due.due_on,
                {{ byte_order('due.segment') }},
                {{ byte_order('due.scenario') }}
        ) as due_rank,
        case
            when not contacts.is_allowed then contacts.reason
            when due.is_service_message then null
            when due.is_held_out then 'held_out'
            when
                due.send_on > contacts.month_until
                and (due.due_on > contacts.month_until or due.lapses_after is null)
                then 'month_over'
            when contacts.free_on > due.send_on
                then case
                    when {{ add_days('contacts.last_sent_on', 'contacts.in_days') }} <= due.send_on
                        then 'spaced_out'
                    else 'cap_reached'
                end
            when coalesce(contacts.open_on <> due.send_on, true) then 'quiet_day'
            when due.is_to_all = 1 and contacts.base_messages_left = 0 then 'base_cap_reached'
        end as obstacle
    from due
    inner join {{ ref('contactability') }} as contacts
        on
            due.person_id = contacts.person_id
            and due.channel = contacts.channel
    where due.place = 1
),

firsts as (
    select
        *,
        min(case when obstacle is null and not is_service_message then due_rank end)
            over (partition by person_id, channel) as first_rank
    from judged
),

recounted as (
    select
        *,
        case
            when obstacle is null and not is_service_message and due_rank > first_rank
                then 'another_goes'
            else obstacle
        end as held_back_by,
        obstacle is null and (is_service_message or due_rank = first_rank) as is_queued
    from firsts
)

{{ rows_that_differ(ref('campaign_candidates'), 'recounted', [
    'person_id', 'scenario', 'channel', 'scenario_fr', 'programme', 'segment', 'set_off_by',
    'trigger_on', 'due_on', 'send_on', 'due_rank', 'is_service_message', 'is_queued',
    'held_back_by'
]) }}
