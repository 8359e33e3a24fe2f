-- One row per session of a browser; its events follow from it when they are written. Part of the orders were tracked;
-- the events that remain are shared between contacts who look around and visitors who never say who they are.

create macro extra_steps(session_no, most, mean) as floor(least(most, -mean * ln(u('steps', session_no))))::bigint;
-- the browser that a contact uses; some households share one
create macro browser(session_no, person) as if(
    person % 60 = 0 and u('shared', session_no) < 0.5,
    'v' || (person - 1) || 'a',
    'v' || person || pick('browser', session_no, ['a', 'b', 'c'], [68, 26, 6])
);
-- seconds between two steps; some sessions without session_id take a break
create macro seconds_a_step(session_no) as if(
    u('no session id', session_no) < 0.06 and u('break', session_no) < 0.12,
    2400,
    floor(least(1200, greatest(4, exp(3.6 + 0.9 * normal('pace', session_no)))))
)::bigint;

-- a tracked order is the last step; `happened_at` is the moment that a session is about
create table purchase_sessions as
with tracked as (
    select least(0.85, 0.4 * events_wanted() / (6.4 * count(*) + 1)) as share
    from order_facts where channel in ('web', 'mobile_app')
)
select
    order_no * 4 as session_no, 'purchase' as kind, person, ordered_at as happened_at,
    4 + extra_steps(session_no, 18, 2.8) as steps, is_customer, order_no, first_product as product_no
from order_facts
where channel in ('web', 'mobile_app') and u('tracked', order_no) < (select share from tracked);

-- contacts open their account or ask for the newsletter
create table signup_sessions as
select
    person * 4 + 2 as session_no,
    if(kind in ('subscriber', 'guest') or u('joins', person) < 0.25, 'newsletter', 'account') as kind,
    person, known_at as happened_at,
    2 + extra_steps(session_no, 6, 1.5) as steps, registered_at is not null as is_customer, null as order_no,
    null as product_no
from people
where people.kind <> 'imported' and u('signup tracked', person) < if(people.kind = 'guest', 0.06, 0.3);

create macro events_left() as (
    select greatest(0, events_wanted() - sum(steps))
    from (select steps from purchase_sessions union all select steps from signup_sessions)
);

-- contacts look around from their arrival until some weeks after their last order
create table browse_sessions as
with last_orders as (
    select person, max(ordered_at) as last_at from order_facts group by person
),
activity as (
    select
        people.person, people.registered_at, people.arrival_pulse,
        15 + coalesce(date_diff('day', people.arrived_at, last_orders.last_at), 0)
            + floor(-60 * ln(u('lifetime', people.person)))::bigint as active_days
    from people left join last_orders on people.person = last_orders.person
),
visits as (
    select
        *,
        person * 512 + unnest(range(least(511, floor(
            0.62 * events_left() / 4.1 / (select sum(active_days) from activity)
            * active_days * -ln(u('curious', person)) + u('visits', person)
        ))::bigint)) as visit
    from activity
),
pulsed as (
    select
        *,
        greatest(0, arrival_pulse + floor(86400 * (u('visit', visit) * (10 + active_days) - 10)))::bigint as pulse
    from visits
)
select
    4 * visit + 1 as session_no, 'browse' as kind, person,
    calendar.day + clock('visit', session_no) as happened_at,
    1 + extra_steps(session_no, 24, 3.6) as steps, happened_at > registered_at as is_customer, null as order_no,
    null as product_no
from (select * from pulsed where pulse < horizon()) as pulsed
asof join calendar on pulsed.pulse >= calendar.pulse_from;

create table anonymous_sessions as
with visits as (
    select
        visitor, 4 * (visitor * 16 + n) + 3 as session_no,
        floor(
            horizon() * pow(u('stranger', visitor), arrival_power()) + n * 864000 * u('return', session_no)
        )::bigint as pulse
    from (
        select visitor, unnest(range(1 + floor(least(12, -0.75 * ln(u('returns', visitor))))::bigint)) as n
        from (select unnest(range(1, 1 + floor(0.38 * events_left() / 3.4 / 1.35)::bigint)) as visitor)
    )
)
select
    session_no, 'anonymous' as kind, visitor as person, calendar.day + clock('visit', session_no) as happened_at,
    1 + extra_steps(session_no, 24, 2.8) as steps, false as is_customer, null as order_no, null as product_no
from (select * from visits where pulse < horizon()) as visits
asof join calendar on visits.pulse >= calendar.pulse_from;

create table sessions as
with every as (
    select * from purchase_sessions union all select * from signup_sessions
    union all select * from browse_sessions union all select * from anonymous_sessions
)
select
    every.session_no, every.kind, every.steps, every.order_no,
    coalesce(every.product_no, floor(product_count() * u('focus', session_no))::bigint) as product_no,
    seconds_a_step(session_no) as pace,
    every.happened_at - to_seconds(pace * case every.kind
        when 'purchase' then steps - 1 when 'browse' then 0 when 'anonymous' then 0 else 1
    end) as started_at,
    -- a customer is logged in from the start, or from a later step
    case
        when not coalesce(is_customer, false) then null
        when every.kind = 'purchase' then case pick('login', session_no, [0, 1, 2, null], [45, 35, 14, 6])
            when 0 then 0 when 1 then steps - 2 when 2 then steps - 1 end
        when every.kind <> 'browse' then 1
        when u('logs in', session_no) < 0.6 then floor(steps * greatest(0, u('login', session_no) * 2 - 1))::bigint
    end as login_step,
    if(every.kind = 'anonymous', 'w' || every.person, browser(session_no, every.person)) as visitor_id,
    customer(every.person, people.kind = 'double' and u('second customer', session_no) < 0.4) as customer_id,
    if(u('no session id', session_no) >= 0.06, 's' || session_no, null) as session_id,
    pick(
        'mood', session_no, ['search', 'recommendation', 'chat', 'wish', 'cart', null], [12, 16, 8, 8, 22, 34]
    ) as mood,
    pick('source', session_no, [
        null, 'google/organic', 'google/cpc', 'newsletter/email', 'partner-blog/affiliate', 'instagram/social',
        'direct/(none)'
    ], [25, 30, 12, 13, 6, 8, 6]) as source,
    u('source kept', session_no) < 0.12 as keeps_source,
    pick('device', session_no, ['mobile', 'desktop', 'tablet', 'Desktop', null], [55, 36, 6, 2, 1]) as device,
    if(device = 'mobile', pick('platform', session_no, ['web', 'ios', 'android'], [80, 11, 9]), 'web') as platform
from every left join people on every.person = people.person;
drop table purchase_sessions;
drop table signup_sessions;
drop table browse_sessions;
drop table anonymous_sessions;
