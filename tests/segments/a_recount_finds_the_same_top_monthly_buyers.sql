-- Many orders in the last 30 days, until too few of them are left.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

recounted as (
    {{ recounted_members('counted', setting('top_monthly_buyers_min_orders')) | indent }}
)

{{ members_that_differ(ref('top_monthly_buyers')) }}
