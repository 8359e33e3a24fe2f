-- One row per message sent: a weekly campaign to some, a welcome to newcomers.
create table sends as
with readers as (
    select
        person,
        1 + greatest(0, date_diff('day', first_day(), known_at)) // 7 as first_week,
        if(u('every week', person) < 0.15, 2, 20) as stride
    from people
    where email_consent = 'opted_in' and u('mailed', person) < 0.93
),
weekly as (
    select
        person * 256 + week as message_no, person, week as campaign_no,
        first_day() + to_days(week::int * 7) + interval 8 hour + to_seconds(person % 3600) as sent_at,
        week + stride > shop_days() // 7 - 1 as is_last
    from (
        select *, unnest(range(
            first_week + floor(stride * u('first week', person))::bigint, shop_days() // 7, stride
        )) as week
        from readers
    )
),
welcomes as (
    select person * 256 + 255 as message_no, person, 1000 as campaign_no, known_at + interval 2 hour as sent_at,
        false as is_last
    from people
    where email_consent = 'opted_in' and u('mailed', person) < 0.93 and u('welcome', person) < 0.3
)
select * from (select * from weekly union all select * from welcomes) where sent_at < end_at();
