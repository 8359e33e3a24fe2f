-- A unit of a collection in any order that counts.
with

recounted as (
    {{ recounted_units('collection') | indent }}
)

{{ members_that_differ(ref('collection_buyers')) }}
