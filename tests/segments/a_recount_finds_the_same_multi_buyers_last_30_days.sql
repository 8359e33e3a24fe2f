-- Two orders in the last 30 days, until only one of them is left.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

recounted as (
    {{ recounted_members('counted', 2) | indent }}
)

{{ members_that_differ(ref('multi_buyers_last_30_days')) }}
