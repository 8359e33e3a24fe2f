-- A deep discount on an order of the last 12 months, or on a line of it.
with

recounted as (
    {{ recounted_discount_buyers(setting('discount_15_min_percent')) | indent }}
)

{{ members_that_differ(ref('discount_15_buyers')) }}
