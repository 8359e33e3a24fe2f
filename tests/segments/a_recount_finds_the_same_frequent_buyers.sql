-- Many orders in the last 6 months, until too few of them are left.
with

counted as (
    {{ recounted_orders(6, 'months') | indent }}
),

recounted as (
    {{ recounted_members('counted', setting('frequent_buyers_min_orders')) | indent }}
)

{{ members_that_differ(ref('frequent_buyers')) }}
