-- Nor of a segment that holds the person out.
select
    queue.person_id,
    queue.channel,
    queue.scenario
from {{ ref('campaign_queue') }} as queue
left join {{ ref('contact_permissions') }} as permissions
    on
        queue.person_id = permissions.person_id
        and queue.channel = permissions.channel
left join {{ ref('segment_holdouts') }} as holdouts
    on
        queue.person_id = holdouts.person_id
        and queue.segment = holdouts.segment
        and not queue.is_service_message
where
    not coalesce(permissions.is_allowed, false)
    or holdouts.segment is not null
