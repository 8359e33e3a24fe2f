-- An order in the last 12 months, until the last of them has left the window.
with

counted as (
    {{ recounted_orders(12, 'months') | indent }}
),

recounted as (
    {{ recounted_members('counted', 1) | indent }}
)

{{ members_that_differ(ref('buyers_last_year')) }}
