-- Each contact, and nobody else, has one contact point and one permission for each channel: there
-- are as many as contacts, all of contacts, and the keys of the two tables say that none is twice.
with

contacts as (
    select person_id
    from {{ ref('people') }}
    where is_contact
),

built as (
    select
        person_id,
        channel
    from {{ ref('contact_permissions') }}
    union all
    select
        person_id,
        'a contact point' as channel
    from {{ ref('contact_points') }}
),

counted as (
    select
        built.channel,
        count(*) as all_rows,
        count(contacts.person_id) as rows_of_contacts
    from built
    left join contacts on built.person_id = contacts.person_id
    group by built.channel
),

expected as (
    select
        channels.channel,
        (select count(*) from contacts) as contacts
    from (
        values ('email'), ('sms'), ('ads'), ('post'), ('phone'), ('a contact point')
    ) as channels (channel)
)

select
    coalesce(expected.channel, counted.channel) as channel,
    expected.contacts,
    counted.all_rows,
    counted.rows_of_contacts
from expected
full outer join counted on expected.channel = counted.channel
where
    expected.channel is null
    or coalesce(counted.all_rows, 0) <> expected.contacts
    or coalesce(counted.rows_of_contacts, 0) <> expected.contacts
