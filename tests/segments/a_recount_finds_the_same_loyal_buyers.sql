-- Many orders in the last 12 months, until too few of them are left.
with

counted as (
    {{ recounted_orders(12, 'months') | indent }}
),

recounted as (
    {{ recounted_members('counted', setting('loyal_buyers_min_orders')) | indent }}
)

{{ members_that_differ(ref('loyal_buyers')) }}
