-- Contacts by where they came from, as the shop says of them now.
with

said as (
    {{ recounted_said('acquisition_source') | indent }}
),

recounted as (
    select
        people.person_id,
        said.said as segment_value,
        cast(1 as decimal(18, 4)) as evidence,
        people.created_at as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('people') }} as people
    inner join said on people.person_id = said.person_id
    where people.is_contact
)

{{ members_that_differ(ref('acquisition_source_customers')) }}
