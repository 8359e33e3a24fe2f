-- The contacts of the identity layer = the base list of the segments.
with

contacts as (
    select person_id
    from {{ ref('int_people') }}
    where is_contact
)

{{ rows_that_differ(ref('all_customers'), 'contacts', ['person_id']) }}
