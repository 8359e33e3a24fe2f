-- What became of each message: a third of the readers never opens one.
create view message_events as
with messages as (
    select
        sends.*,
        registered_at is not null as is_customer,
        owner(sends.person, kind, is_customer, message_no) as customer_id,
        owner_email(people.email, is_customer, message_no, 0.2) as email,
        u('bounces', message_no) > 0.02 as arrives,
        arrives and reader > 0.35 and u('opens', message_no) < reader * 0.8 as is_opened,
        is_opened and u('clicks', message_no) < 0.25 as is_clicked,
        arrives and is_last and u('leaves', message_no) < 0.04 as leaves,
        arrives and u('complains', message_no) < 0.002 as complains
    from sends inner join people on sends.person = people.person
),
fates as (
    select
        *, message_no * 8 + fate as row_no,
        sent_at + case fate
            when 0 then interval 0 second
            when 1 then interval 40 second
            when 2 then interval 50 second
            else if(fate = 3, interval 90 second, if(fate = 4, interval 4 day, interval 8 day))
                + days(pow(u('message wait', row_no), 3) * 3)
        end as happened_at
    from messages, unnest(range(7)) as f (fate)
    where ([true, arrives, not arrives, is_opened, is_clicked, leaves, complains])[fate + 1]
)
select
    row_no, sent_at as sort_at,
    'A' || row_no as message_event_id,
    'M' || message_no as message_id,
    customer_id,
    email,
    case when u('text message', message_no) < 0.05 then 'sms' when u('text message', message_no) < 0.8 then 'email' end
        as channel,
    if(campaign_no = 1000, 'K-welcome', 'K' || campaign_no) as campaign_id,
    (['sent', 'delivered', 'bounced', 'opened', 'clicked', 'unsubscribed', 'complained'])[fate + 1] as event_type,
    if(fate = 2, pick('bounce', message_no, ['hard', 'soft', null], [35, 55, 10]), null) as bounce_type,
    stamp(happened_at, row_no) as occurred_at
from fates
where happened_at < end_at();

-- the weekly campaigns and the automatic ones, by the names that seeds/campaign_scenarios.csv knows
create view campaigns as
select
    week as row_no, null as sort_at,
    'K' || week as campaign_id,
    'Weekly ' || (first_day() + 7 * week::int) as campaign_name,
    'email' as channel,
    pick('audience', week, ['all_customers', 'loyal_customers', 'prospects', null], [60, 15, 15, 10]) as segment,
    case segment when 'all_customers' then 'Presentation of new offers' when 'prospects' then 'Educational newsletter' end
        as scenario
from range(shop_days() // 7) as r (week)
union all
select
    1000 + row_number() over (order by name), null,
    'K-' || name, 'Automatic ' || name, channel, segment, scenario
from (
    values ('welcome', 'email', 'prospects', 'Welcome series'),
    ('abandoned_cart', 'email', 'cart_abandoners', 'Abandoned cart'),
    ('win_back', 'email', 'inactive_customers', 'Win-back campaign'),
    ('birthday', 'sms', 'upcoming_birthdays', 'Birthday')
) as v (name, channel, segment, scenario);
