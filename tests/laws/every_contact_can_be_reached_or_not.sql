-- Each contact, and nobody else, has one contact point and one permission for each channel.
with

expected as (
    select
        people.person_id,
        channels.channel
    from {{ ref('people') }} as people
    cross join (
        values ('email'), ('sms'), ('ads'), ('post'), ('a contact point')
    ) as channels (channel)
    where people.is_contact
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
)

{{ rows_that_differ('built', 'expected', ['person_id', 'channel']) }}
