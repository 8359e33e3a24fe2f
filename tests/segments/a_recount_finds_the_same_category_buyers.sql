-- A unit of a category in any order that counts.
with

recounted as (
    {{ recounted_units('category') | indent }}
)

{{ members_that_differ(ref('category_buyers')) }}
