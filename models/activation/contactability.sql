-- long: what was sent, what the stage's cap leaves, and the next day that is not quiet
with

days as (
    select
        as_of_on,
        -- the as-of date is whole, so the next message goes on the day after
        {{ add_days('as_of_on', 1) }} as send_on
    from {{ ref('as_of') }}
),

caps as (
    select
        stage_caps.*,
        base_caps.max_messages as base_max_messages,
        base_caps.in_days as base_in_days
    from {{ ref('int_messaging_policy') }} as stage_caps
    inner join {{ ref('int_messaging_policy') }} as base_caps
        on stage_caps.channel = base_caps.channel
    where base_caps.stage = 'all_customers'
),

tracked as (
    select person_id
    from {{ ref('int_person_consents') }}
    where
        channel = 'tracking'
        and status = 'opted_in'
),

-- by each channel for which there is a cap
contacts as (
    select
        people.person_id,
        caps.*,
        people.stage_from,
        tracked.person_id is not null as is_tracked,
        greatest(messages.last_clicked_at, web.last_session_at, people.last_order_at)
            as last_reaction_at,
        -- an open says something only where a missing one does
        greatest(
            messages.last_clicked_at, web.last_session_at, people.last_order_at,
            case when tracked.person_id is not null then messages.last_read_at end
        ) as last_sign_at
    from {{ ref('int_person_features') }} as people
    inner join caps on people.stage = caps.stage
    left join tracked on people.person_id = tracked.person_id
    left join {{ ref('int_person_web') }} as web on people.person_id = web.person_id
    left join {{ ref('int_person_messages') }} as messages
        on people.person_id = messages.person_id
    where people.is_contact
),

sent as (
    select
        messages.person_id,
        messages.channel,
        messages.sent_on,
        messages.is_base_wide,
        contacts.max_messages,
        contacts.in_days,
        contacts.base_in_days,
        messages.sent_on >= contacts.stage_from as is_in_stage,
        contacts.is_tracked
        and coalesce(messages.sent_at > contacts.last_sign_at, true) as is_unanswered,
        coalesce(messages.sent_at > contacts.last_reaction_at, true) as is_without_reaction,
        row_number() over (
            partition by messages.person_id, messages.channel
            order by messages.sent_on desc
        ) as newest_first
    from {{ ref('int_sent_messages') }} as messages
    inner join contacts
        on
            messages.person_id = contacts.person_id
            and messages.channel = contacts.channel
    where not messages.is_service_message
),

-- of whom nothing was sent to by a channel there is no row
counted as (
    select
        sent.person_id,
        sent.channel,
        count(case when sent.sent_on > {{ add_days('days.send_on', -7) }} then 1 end)
            as sent_7_days,
        count(case when sent.sent_on > {{ add_days('days.send_on', -30) }} then 1 end)
            as sent_30_days,
        count(
            case
                when sent.sent_on > {{ add_days('days.send_on', '-1 * sent.in_days') }} then 1
            end
        ) as sent_in_days,
        count(
            case
                when
                    sent.is_base_wide
                    and sent.sent_on > {{ add_days('days.send_on', '-1 * sent.base_in_days') }}
                    then 1
            end
        ) as base_sent_in_days,
        max(sent.sent_on) as last_sent_on,
        max(case when sent.newest_first = sent.max_messages then sent.sent_on end)
            as fills_cap_on,
        count(case when sent.is_in_stage then 1 end) as sent_in_stage,
        min(case when sent.is_in_stage then sent.sent_on end) as first_in_stage_on,
        count(case when sent.is_in_stage and sent.is_unanswered then 1 end) as unanswered_messages,
        min(case when sent.is_in_stage and sent.is_unanswered then sent.sent_on end)
            as first_unanswered_on,
        min(case when sent.is_in_stage and sent.is_without_reaction then sent.sent_on end)
            as month_from
    from sent
    cross join days
    group by
        sent.person_id,
        sent.channel
),

counted_contacts as (
    select
        contacts.*,
        days.send_on,
        coalesce(counted.sent_7_days, 0) as sent_7_days,
        coalesce(counted.sent_30_days, 0) as sent_30_days,
        coalesce(counted.sent_in_days, 0) as sent_in_days,
        coalesce(counted.base_sent_in_days, 0) as base_sent_in_days,
        coalesce(counted.unanswered_messages, 0) as unanswered_messages,
        counted.first_unanswered_on,
        counted.last_sent_on,
        counted.fills_cap_on,
        counted.sent_in_stage,
        counted.first_in_stage_on,
        contacts.third_after_days is not null and coalesce(counted.sent_in_stage < 3, true)
            as is_in_series,
        -- the last day on which something may fall due
        {{ add_months('counted.month_from', 'contacts.max_months') }} as month_until
    from contacts
    cross join days
    left join counted
        on
            contacts.person_id = counted.person_id
            and contacts.channel = counted.channel
),

spaced as (
    select
        *,
        greatest(send_on, case
            when is_in_series
                then {{ add_days(
                    'first_in_stage_on',
                    'case sent_in_stage when 1 then second_after_days else third_after_days end'
                ) }}
            when is_spaced_out
                then {{ add_days(
                    'last_sent_on', 'in_days * greatest(unanswered_messages, 1)'
                ) }}
            else {{ add_days('fills_cap_on', 'in_days') }}
        end) as free_on
    from counted_contacts
),

holidays as (
    select cast(holiday_on as date) as holiday_on
    from {{ ref('public_holidays') }}
    where country_code = 'FR'
),

-- in a year that the seed does not hold any day may be one
holiday_years as (
    select distinct extract(year from holiday_on) as holiday_year
    from holidays
),

free_days as (
    select distinct free_on
    from spaced
),

-- each once: where a query's parts are put in its place, seven readings would be seven computations
later (days_later) as (
    values
    {% for days_later in range(7) -%}
    ({{ days_later }}){{ ',' if not loop.last }}
    {% endfor %}
),

candidates as (
    select
        free_days.free_on,
        {{ add_days('free_days.free_on', 'later.days_later') }} as candidate_on
    from free_days
    cross join later
),

open_days as (
    select
        candidates.free_on,
        min(candidates.candidate_on) as open_on
    from candidates
    inner join holiday_years
        on extract(year from candidates.candidate_on) = holiday_years.holiday_year
    left join holidays on candidates.candidate_on = holidays.holiday_on
    where
        holidays.holiday_on is null
        and not {{ is_sunday('candidates.candidate_on') }}
    group by candidates.free_on
),

opened as (
    select
        spaced.*,
        permissions.is_allowed,
        permissions.reason as permission,
        coalesce(spaced.send_on > spaced.month_until, false) as is_month_over,
        case
            when
                spaced.channel = 'sms'
                and (points.country_code = 'FR' or points.phone like '+33%')
                then open_days.open_on
            else spaced.free_on
        end as open_on
    from spaced
    inner join {{ ref('contact_permissions') }} as permissions
        on
            spaced.person_id = permissions.person_id
            and spaced.channel = permissions.channel
    inner join {{ ref('contact_points') }} as points on spaced.person_id = points.person_id
    left join open_days on spaced.free_on = open_days.free_on
)

select
    person_id,
    channel,
    stage,
    send_on,
    is_allowed,
    cast(sent_7_days as integer) as sent_7_days,
    cast(sent_30_days as integer) as sent_30_days,
    max_messages,
    in_days,
    cast(
        case
            when not is_allowed or is_month_over or free_on > send_on then 0
            when is_in_series then 1
            else max_messages - sent_in_days
        end as integer
    ) as messages_left,
    cast(
        case
            when not is_allowed then 0
            else greatest(base_max_messages - base_sent_in_days, 0)
        end as integer
    ) as base_messages_left,
    is_tracked,
    cast(unanswered_messages as integer) as unanswered_messages,
    first_unanswered_on,
    last_sent_on,
    free_on,
    open_on,
    month_until,
    case
        when is_allowed and coalesce(open_on <= month_until, true) then open_on
    end as next_on,
    case
        when not is_allowed then permission
        when is_month_over then 'month_over'
        when free_on > send_on and {{ add_days('last_sent_on', 'in_days') }} <= send_on
            then 'spaced_out'
        when free_on > send_on then 'cap_reached'
        when open_on is null or open_on > send_on then 'quiet_day'
        else 'free'
    end as reason
from opened
