-- A unit of a product in any order that counts.
with

recounted as (
    {{ recounted_units('product_id') | indent }}
)

{{ members_that_differ(ref('product_buyers')) }}
