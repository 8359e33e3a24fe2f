-- A visitor is whoever it last identified as, for the time before as well.
with

identifications as (
    select
        visitor_id,
        {{ last_known_value('named_customer_id', ['named_at', byte_order('named_event_id')]) }}
            as customer_id
    from {{ ref('int_session_facts') }}
    where named_customer_id is not null
    group by visitor_id
)

select
    identifications.visitor_id,
    identifications.customer_id,
    -- null: the person has asked to be erased
    customers.person_id
from identifications
inner join {{ ref('int_known_customers') }} as customers
    on identifications.customer_id = customers.customer_id
