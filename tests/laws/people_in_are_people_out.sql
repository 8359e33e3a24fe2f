-- Everybody who exists is in the mart exactly once, contacts as contacts.
with

people as (
    select
        person_id,
        is_contact,
        created_at
    from {{ ref('int_people') }}
)

{{ rows_that_differ(ref('people'), 'people', ['person_id', 'is_contact', 'created_at']) }}
