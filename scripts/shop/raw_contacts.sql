-- Customers and registered prospects; some people are in it twice, with one e-mail.
create view customers as
select
    person * 2 + is_second::int as row_no, null as sort_at,
    customer(person, is_second) as customer_id,
    case
        when is_second then ' ' || upper(email)
        when u('no email', person) > 0.02 then typed(person, email)
    end as email,
    phone(person, country) as phone,
    if(is_second, null, first_name) as first_name,
    last_name,
    case
        when is_second then null
        when u('gender known', person) < 0.12 then pick('gender unknown', person, [null, 'x', 'n/a'], [70, 15, 15])
        when is_female
            then pick('female word', person, ['female', 'F', 'femme', 'Mme', 'Female '], [50, 20, 12, 12, 6])
        else pick('male word', person, ['male', 'M', 'homme', 'Monsieur', 'MALE'], [50, 20, 12, 12, 6])
    end as gender,
    case
        when u('birth known', person) < 0.4 then null
        when u('leap day', person) < 0.006 then date '1992-02-29'
        else last_day() - floor(
            365.25 * (15.5 + 60 * (0.4 * u('age', person) + 0.6 * pow(u('old', person), 2)))
        )::int
    end::varchar as birth_date,
    if(u('city known', person) < 0.93, spelling(person, city), null) as city,
    postal || lpad(floor(u('postal', person) * 20)::int::varchar, 2, '0') as postal_code,
    if(u('region known', person) < 0.85, region, null) as region,
    if(u('country known', person) < 0.96, country, null) as country_code,
    iso(created) as created_at,
    if(kind <> 'no_account', iso(created), null) as account_created_at,
    pick(
        'acquisition', person,
        ['google_ads', 'organic', 'instagram', 'referral', 'affiliate', 'newsletter', 'store', null],
        [25, 25, 15, 8, 6, 6, 5, 10]
    ) as acquisition_source,
    iso(until_end(registered_at + days(300 * u('updated', person)), interval 1 second)) as updated_at
from (
    select
        *,
        if(is_second, until_end(registered_at + days(90), interval 1 minute), registered_at) as created
    from people, unnest(if(kind = 'double', [false, true], [false])) as s (is_second)
    where registered_at is not null
);

-- what customers told about themselves; some of it changed later
create view customer_attributes as
select
    person * 8 + attribute_no as row_no, null as sort_at,
    customer(person, false) as customer_id,
    if(u('attribute by e-mail', row_no) < 0.1, typed(person, email), null) as email,
    (['income_band', 'household', 'interest', 'profession'])[attribute_no % 4 + 1] as attribute,
    case attribute_no % 4
        when 0 then one_of('value', row_no, ['under 20k', '20k-40k', '40k-70k', '70k+'])
        when 1 then one_of('value', row_no, ['single', 'couple', 'family'])
        when 2 then one_of('value', row_no, ['running', 'travel', 'cuisine', 'décoration', 'yoga'])
        else one_of('value', row_no, ['teacher', 'engineer', 'nurse', 'student', 'retired'])
    end as value,
    pick('told', row_no, ['survey', 'quiz', null], [50, 30, 20]) as source,
    iso(until_end(
        registered_at + days(1 + 200 * (attribute_no // 4) + 90 * u('told at', row_no)), interval 1 second
    )) as recorded_at
from people, unnest(range(8)) as r (attribute_no)
where registered_at is not null
    and u('tells', person * 4 + attribute_no % 4) < 0.15
    and (attribute_no < 4 or u('tells again', row_no) < 0.25);

-- changes of consent: at the beginning, and later changes of mind
create view consents as
with changes as (
    select
        *,
        person * 8 + change as row_no,
        registered_at is not null as is_customer,
        email_consent = 'opted_in' as is_in,
        u('double opt-in', person) < 0.25 as is_double,
        case change
            -- a confirmed double opt-in is pending first
            when 0 then if(is_in and is_double, 'pending', email_consent)
            when 1 then if(is_in and is_double, 'opted_in', null)
            when 2 then if(is_in and u('changes mind', person) < 0.11, 'opted_out', null)
            when 3 then if(is_in and u('changes mind', person) < 0.015, 'opted_in', null)
            when 4 then if(u('sms', person) < 0.16, 'opted_in', if(u('sms', person) < 0.2, 'opted_out', null))
            when 5 then if(u('ads', person) < 0.2, 'opted_in', if(u('ads', person) < 0.24, 'pending', null))
            else if(u('post', person) < 0.06, 'opted_in', if(u('post', person) < 0.08, 'opted_out', null))
        end as new_status,
        case change
            when 1 then known_at + interval 3 hour
            when 2 then known_at + days(5 + 300 * u('changes mind at', person))
            -- at the very moment of the opt-out, or after it
            when 3 then known_at + days(5 + 300 * u('changes mind at', person)) + days(if(person % 3 = 0, 0, 20))
            else known_at
        end as new_at
    from people, unnest(range(7)) as r (change)
)
select
    row_no, null as sort_at,
    'N' || row_no as consent_id,
    owner(person, kind, is_customer, row_no) as customer_id,
    owner_email(email, is_customer, row_no, 0.3) as email,
    (['email', 'email', 'email', 'email', 'sms', 'ads', 'post'])[change + 1] as channel,
    new_status as status,
    iso(new_at) as changed_at,
    case
        when change in (0, 1, 3) and kind = 'subscriber' then 'newsletter'
        when change in (0, 1, 3) then pick(
            'consent source', person, ['checkout', 'account', 'newsletter', 'popup'], [40, 25, 25, 10]
        )
        when u('consent source known', row_no) < 0.5 then 'preferences'
    end as source
from changes
where new_status is not null and new_at < end_at();

-- most people write never or once, a few again and again
create view support_tickets as
select
    row_no, null as sort_at,
    'T' || row_no as ticket_id,
    customer(person, false) as customer_id,
    if(u('ticket by e-mail', row_no) < 0.3, typed(person, email), null) as email,
    iso(opened) as opened_at,
    pick('topic', row_no, ['delivery', 'return', 'product', 'payment', null], [40, 25, 15, 10, 10]) as topic
from (
    select
        person, email, person * 8 + n as row_no, registered_at,
        end_at() - days(if(n = 0, 700, 340) * u('ticket', row_no) - 0.01) as opened
    from people, unnest(range(5)) as r (n)
    where registered_at is not null and is_buyer and u('writes', person) < if(n = 0, 0.16, 0.025)
)
where opened > registered_at;

-- requests to be forgotten, by customer_id, by e-mail or by both
create view erasure_requests as
select
    person as row_no, null as sort_at,
    'X' || person as request_id,
    if(registered_at is not null and person % 3 < 2, customer(person, false), null) as customer_id,
    if(registered_at is null or person % 3 > 0, typed(person, email), null) as email,
    iso(until_end(known_at + days(200 * u('erased at', person)), interval 1 minute)) as requested_at
from people
where u('erased', person) < 0.005;
