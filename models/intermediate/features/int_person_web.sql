-- What each person ever did on the site, as far as rules need it.
with

sessions as (
    select
        person_id,
        count(*) as sessions,
        max(started_at) as last_session_at,
        max(started_on) as last_session_on
    from {{ ref('int_sessions') }}
    where person_id is not null
    group by person_id
),

events as (
    select
        person_id,
        count(*) filter (where event_name = 'add_to_cart') as cart_adds,
        max(case when event_name = 'add_to_cart' then occurred_at end) as last_cart_add_at,
        max(case when event_name in ('add_to_cart', 'begin_checkout') then occurred_at end)
            as last_cart_step_at,
        max(case when event_name in ('add_to_cart', 'begin_checkout') then occurred_on end)
            as last_cart_step_on,
        max(case when is_counted_purchase then occurred_at end) as last_purchased_at,
        max(case when event_name = 'account_created' then occurred_at end) as account_created_at,
        count(*) filter (where event_name = 'newsletter_signup') as newsletter_signups,
        max(case when event_name = 'newsletter_signup' then occurred_at end)
            as last_newsletter_signup_at
    from {{ ref('int_person_events') }}
    where person_id is not null
    group by person_id
)

select
    coalesce(sessions.person_id, events.person_id) as person_id,
    cast(coalesce(sessions.sessions, 0) as integer) as sessions,
    sessions.last_session_at,
    sessions.last_session_on,
    cast(coalesce(events.cart_adds, 0) as integer) as cart_adds,
    events.last_cart_add_at,
    events.last_cart_step_at,
    events.last_cart_step_on,
    events.last_purchased_at,
    events.account_created_at,
    cast(coalesce(events.newsletter_signups, 0) as integer) as newsletter_signups,
    events.last_newsletter_signup_at
from sessions
full outer join events on sessions.person_id = events.person_id
