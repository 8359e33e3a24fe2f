{{ config(tags=['proof']) }}

-- long: reactions, messages and days, one after the other
-- What caps and reactions leave somebody, message by message.
{%- set facts = [
    'person_id', 'channel', 'stage', 'send_on', 'is_allowed', 'permission', 'has_quiet_days',
    'is_tracked', 'max_messages', 'in_days', 'second_after_days', 'third_after_days',
    'is_spaced_out', 'max_months', 'base_max_messages', 'base_in_days'
] %}
with

caps as (
    select
        stage,
        channel,
        cast(max_messages as integer) as max_messages,
        cast(in_days as integer) as in_days,
        cast(second_after_days as integer) as second_after_days,
        cast(third_after_days as integer) as third_after_days,
        cast(is_spaced_out as boolean) as is_spaced_out,
        cast(max_months as integer) as max_months
    from {{ ref('messaging_policy') }}
),

-- several words at one time that differ are a no, and one that can't be read is no yes
tracked as (
    select person_id
    from {{ ref('proof_words') }}
    where
        channel = 'tracking'
        and is_newest
    group by person_id
    having min(status) = 'opted_in' and max(status) = 'opted_in'
),

reactions as (
    select
        person_id,
        occurred_at as reacted_at,
        event_type = 'clicked' as is_act
    from {{ ref('proof_messages') }}
    where event_type in ('clicked', 'opened')
    union all
    select
        person_id,
        started_at as reacted_at,
        true as is_act
    from {{ ref('sessions') }}
    union all
    select
        person_id,
        ordered_at as reacted_at,
        true as is_act
    from {{ ref('proof_orders') }}
),

last_reactions as (
    select
        person_id,
        max(case when is_act then reacted_at end) as acted_at,
        max(reacted_at) as reacted_at
    from reactions
    group by person_id
),

contacts as (
    select
        caps.*,
        people.person_id,
        people.stage_from,
        {{ add_days('as_of.as_of_on', 1) }} as send_on,
        permissions.is_allowed,
        permissions.reason as permission,
        tracked.person_id is not null as is_tracked,
        base_caps.max_messages as base_max_messages,
        base_caps.in_days as base_in_days,
        coalesce(reactions.acted_at, {{ before_all_times() }}) as acted_at,
        coalesce(reactions.reacted_at, {{ before_all_times() }}) as reacted_at,
        caps.channel = 'sms'
        and (coalesce(points.country_code, '') = 'FR' or coalesce(points.phone, '') like '+33%')
            as has_quiet_days
    from {{ ref('people') }} as people
    cross join {{ ref('as_of') }} as as_of
    inner join caps on people.stage = caps.stage
    inner join caps as base_caps
        on
            caps.channel = base_caps.channel
            and base_caps.stage = 'all_customers'
    inner join {{ ref('contact_permissions') }} as permissions
        on
            people.person_id = permissions.person_id
            and caps.channel = permissions.channel
    inner join {{ ref('contact_points') }} as points on people.person_id = points.person_id
    left join tracked on people.person_id = tracked.person_id
    left join last_reactions as reactions on people.person_id = reactions.person_id
    where people.is_contact
),

messages as (
    select
        contacts.person_id,
        contacts.channel,
        sent.sent_on,
        case when sent.is_to_all then sent.sent_on end as base_sent_on,
        case when contacts.stage_from <= sent.sent_on then sent.sent_on end as stage_on,
        {% for name, at in {'unacted_on': 'acted_at', 'unanswered_on': 'reacted_at'}.items() -%}
        case
            when contacts.stage_from <= sent.sent_on and contacts.{{ at }} < sent.sent_at
                then sent.sent_on
        end as {{ name }},
        {% endfor -%}
        row_number() over (
            partition by contacts.person_id, contacts.channel
            order by sent.sent_on desc
        ) as place
    from contacts
    inner join {{ ref('proof_sent_messages') }} as sent
        on
            contacts.person_id = sent.person_id
            and contacts.channel = sent.channel
    where not sent.is_service_message
),

counted as (
    select
        {% for fact in facts -%}
        contacts.{{ fact }},
        {% endfor -%}
        {% for name, sent_on, days in [
            ('sent_7_days', 'sent_on', 7),
            ('sent_30_days', 'sent_on', 30),
            ('sent_in_days', 'sent_on', 'contacts.in_days'),
            ('base_sent', 'base_sent_on', 'contacts.base_in_days'),
        ] -%}
        count(
            case
                when {{ add_days('messages.' ~ sent_on, days) }} > contacts.send_on then 1
            end
        ) as {{ name }},
        {% endfor -%}
        max(messages.sent_on) as last_sent_on,
        max(case when messages.place = contacts.max_messages then messages.sent_on end) as full_on,
        count(messages.stage_on) as stage_messages,
        min(messages.stage_on) as stage_on,
        min(messages.unacted_on) as unacted_on,
        count(case when contacts.is_tracked then messages.unanswered_on end)
            as unanswered_messages,
        min(case when contacts.is_tracked then messages.unanswered_on end) as first_unanswered_on
    from contacts
    left join messages
        on
            contacts.person_id = messages.person_id
            and contacts.channel = messages.channel
    group by contacts.{{ facts | join(', contacts.') }}
),

-- the series of prospects first, then what comes when their cap is full
freed as (
    select
        *,
        second_after_days is not null and stage_messages < 3 as is_in_series,
        {{ add_months('unacted_on', 'max_months') }} as month_until,
        greatest(send_on, coalesce(
            case
                when second_after_days is not null and stage_messages = 0 then send_on
                when second_after_days is not null and stage_messages = 1
                    then {{ add_days('stage_on', 'second_after_days') }}
                when second_after_days is not null and stage_messages = 2
                    then {{ add_days('stage_on', 'third_after_days') }}
                when is_spaced_out
                    then {{ add_days(
                        'last_sent_on', 'in_days * greatest(unanswered_messages, 1)'
                    ) }}
                else {{ add_days('full_on', 'in_days') }}
            end,
            send_on
        )) as free_on
    from counted
),

holidays as (
    select cast(holiday_on as date) as holiday_on
    from {{ ref('public_holidays') }}
    where country_code = 'FR'
),

known_years as (
    select distinct extract(year from holiday_on) as known_year
    from holidays
),

numbers as (
    {{ whole_numbers(0, 13) }}
),

-- some day of the next two weeks is neither
open_days as (
    select
        freed.person_id,
        freed.channel,
        min({{ add_days('freed.free_on', 'numbers.whole_number') }}) as open_on
    from freed
    cross join numbers
    left join holidays
        on holidays.holiday_on = {{ add_days('freed.free_on', 'numbers.whole_number') }}
    where
        freed.has_quiet_days
        and holidays.holiday_on is null
        and not {{ is_sunday(add_days('freed.free_on', 'numbers.whole_number')) }}
    group by
        freed.person_id,
        freed.channel
),

opened as (
    select
        freed.*,
        coalesce(freed.send_on > freed.month_until, false) as is_over,
        case
            when not freed.has_quiet_days then freed.free_on
            when known_years.known_year is not null then open_days.open_on
        end as open_on
    from freed
    left join open_days
        on
            freed.person_id = open_days.person_id
            and freed.channel = open_days.channel
    left join known_years
        on extract(year from open_days.open_on) = known_years.known_year
),

recounted as (
    select
        *,
        case
            when not is_allowed or is_over or free_on > send_on then 0
            when is_in_series then 1
            else max_messages - sent_in_days
        end as messages_left,
        case
            when is_allowed and base_sent < base_max_messages then base_max_messages - base_sent
            else 0
        end as base_messages_left,
        case
            when is_allowed and coalesce(open_on <= month_until, true) then open_on
        end as next_on,
        case
            when not is_allowed then permission
            when is_over then 'month_over'
            when free_on > send_on and {{ add_days('last_sent_on', 'in_days') }} <= send_on
                then 'spaced_out'
            when free_on > send_on then 'cap_reached'
            when open_on = send_on then 'free'
            else 'quiet_day'
        end as reason
    from opened
)

{{ rows_that_differ(ref('contactability'), 'recounted', [
    'person_id', 'channel', 'stage', 'send_on', 'is_allowed', 'sent_7_days', 'sent_30_days',
    'max_messages', 'in_days', 'messages_left', 'base_messages_left', 'is_tracked',
    'unanswered_messages', 'first_unanswered_on', 'last_sent_on', 'free_on', 'open_on',
    'month_until', 'next_on', 'reason'
]) }}
