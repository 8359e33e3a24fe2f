-- Nobody is queued who may not be written to, for two messages of one day, or for more than the cap
-- of the stage has left of its days, nor of a segment that holds the person out. The series of
-- prospects has days of its own.
with

days as (
    select {{ add_days('as_of_on', 1) }} as send_on
    from {{ ref('as_of') }}
),

queued as (
    select
        queue.person_id,
        queue.channel,
        count(case when not queue.is_service_message then 1 end) as messages,
        count(case when not queue.is_service_message then holdouts.segment end) as held_out
    from {{ ref('campaign_queue') }} as queue
    left join {{ ref('segment_holdouts') }} as holdouts
        on
            queue.person_id = holdouts.person_id
            and queue.segment = holdouts.segment
    group by
        queue.person_id,
        queue.channel
),

sent as (
    select
        queued.person_id,
        queued.channel,
        count(messages.sent_on) as messages
    from queued
    cross join days
    inner join {{ ref('people') }} as people on queued.person_id = people.person_id
    inner join {{ ref('int_messaging_policy') }} as caps
        on
            people.stage = caps.stage
            and queued.channel = caps.channel
    left join {{ ref('int_sent_messages') }} as messages
        on
            queued.person_id = messages.person_id
            and queued.channel = messages.channel
            and not messages.is_service_message
            and messages.sent_on > {{ add_days('days.send_on', '-1 * caps.in_days') }}
    group by
        queued.person_id,
        queued.channel
)

select
    queued.person_id,
    queued.channel,
    permissions.is_allowed,
    queued.messages,
    sent.messages as sent_messages
from queued
left join {{ ref('contact_permissions') }} as permissions
    on
        queued.person_id = permissions.person_id
        and queued.channel = permissions.channel
left join {{ ref('people') }} as people on queued.person_id = people.person_id
left join {{ ref('int_messaging_policy') }} as caps
    on
        people.stage = caps.stage
        and queued.channel = caps.channel
left join sent
    on
        queued.person_id = sent.person_id
        and queued.channel = sent.channel
where
    not coalesce(permissions.is_allowed, false)
    or queued.messages > 1
    or queued.held_out > 0
    or (
        queued.messages > 0
        and people.stage <> 'prospects'
        and not coalesce(sent.messages + queued.messages <= caps.max_messages, false)
    )
