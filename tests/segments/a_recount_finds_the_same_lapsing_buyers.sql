-- An order in the last 6 months and none in the last 3, until the last of them has left the window.
with

counted as (
    {{ recounted_orders(6, 'months') | indent }}
),

recent as (
    {{ recounted_orders(3, 'months') | indent }}
),

lapsing as (
    select counted.*
    from counted
    where not exists (
        select recent.order_id
        from recent
        where recent.person_id = counted.person_id
    )
),

recounted as (
    {{ recounted_members('lapsing', 1) | indent }}
)

{{ members_that_differ(ref('lapsing_buyers')) }}
