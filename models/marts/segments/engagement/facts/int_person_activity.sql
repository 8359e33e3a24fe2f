-- When each contact was last seen or heard of, and what that says.
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
        -- the first message since the contact is inactive, where nothing followed
        case
            when
                greatest(features.last_order_at, web.last_session_at, messages.last_read_at)
                >= messages.first_sent_inactive_at
                then null
            else messages.first_sent_inactive_at
        end as unanswered_at,
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
    facts.last_active_at,
    facts.last_active_on,
    {{ days_between('facts.last_active_on', 'as_of.as_of_on') }} as days_since_active,
    facts.last_visit_at,
    facts.last_visit_on,
    facts.last_cart_step_at,
    facts.last_cart_step_on,
    case
        when facts.stage <> 'prospects' then null
        when
            facts.last_cart_step_on
            > {{ add_days('as_of.as_of_on', -1 * setting('lead_days')) }}
            then 'hot'
        when facts.last_visit_on > {{ add_days('as_of.as_of_on', -1 * setting('lead_days')) }}
            then 'engaged'
        else 'known'
    end as lead_maturity,
    facts.unanswered_at,
    case
        when facts.unanswered_at is not null
            then {{ days_between('facts.first_sent_inactive_on', 'as_of.as_of_on') }}
    end as unanswered_days
from facts
cross join as_of
