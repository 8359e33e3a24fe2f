-- When each contact was last seen or heard of.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

facts as (
    select
        features.person_id,
        features.created_at,
        features.stage,
        greatest(features.last_order_at, web.last_session_at, messages.last_clicked_at)
            as last_active_at,
        greatest(features.last_order_on, web.last_session_on, messages.last_clicked_on)
            as last_active_on,
        greatest(web.last_session_at, messages.last_clicked_at) as last_visit_at,
        greatest(web.last_session_on, messages.last_clicked_on) as last_visit_on,
        web.last_cart_step_at,
        web.last_cart_step_on,
        greatest(features.last_order_at, web.last_session_at, messages.last_read_at)
            as last_response_at,
        messages.first_sent_inactive_at,
        messages.first_sent_inactive_on
    from {{ ref('int_person_features') }} as features
    left join {{ ref('int_person_web') }} as web on features.person_id = web.person_id
    left join {{ ref('int_person_messages') }} as messages
        on features.person_id = messages.person_id
    where features.is_contact
)

select
    facts.person_id,
    facts.created_at,
    facts.stage,
    facts.last_active_at,
    facts.last_active_on,
    {{ days_between('facts.last_active_on', 'as_of.as_of_on') }} as days_since_active,
    facts.last_visit_at,
    facts.last_visit_on,
    {{ days_between('facts.last_visit_on', 'as_of.as_of_on') }} as days_since_visit,
    facts.last_cart_step_at,
    facts.last_cart_step_on,
    {{ days_between('facts.last_cart_step_on', 'as_of.as_of_on') }} as days_since_cart_step,
    facts.last_response_at,
    facts.first_sent_inactive_at,
    {{ days_between('facts.first_sent_inactive_on', 'as_of.as_of_on') }} as days_since_sent_inactive
from facts
cross join as_of
