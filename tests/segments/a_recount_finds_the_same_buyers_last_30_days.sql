-- An order in the last 30 days, until the last of them has left the window.
with

counted as (
    {{ recounted_orders(30, 'days') | indent }}
),

recounted as (
    {{ recounted_members('counted', 1) | indent }}
)

{{ members_that_differ(ref('buyers_last_30_days')) }}
