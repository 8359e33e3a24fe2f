-- A visitor is whoever it last identified as, for the time before as well.
with

identifications as (
    select
        visitor_id,
        {{ last_known_value('named_owner_key', ['named_at', byte_order('named_event_id')]) }}
            as owner_key
    from {{ ref('int_session_facts') }}
    where named_owner_key is not null
    group by visitor_id
)

select
    identifications.visitor_id,
    -- null: the person has asked to be erased
    owners.person_id
from identifications
inner join {{ ref('int_event_owners') }} as owners
    on identifications.owner_key = owners.owner_key
