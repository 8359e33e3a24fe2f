-- Two orders in the last 12 months, until only one of them is left.
with

counted as (
    {{ recounted_orders(12, 'months') | indent }}
),

recounted as (
    {{ recounted_members('counted', 2) | indent }}
)

{{ members_that_differ(ref('multi_buyers_last_year')) }}
