with

seen as (
    select max(ordered_at) as newest_at from {{ ref('stg_shop__orders') }}
    union all
    select max(occurred_at) as newest_at from {{ ref('stg_web__events') }}
),

newest as (
    select max(newest_at) as newest_at
    from seen
),

as_of as (
    select {{ as_of_day('newest_at') }} as as_of_on
    from newest
)

select
    as_of_on,
    {{ add_days('as_of_on', 1 - 30) }} as last_30_days_from,
    {{ add_days(add_months('as_of_on', -3), 1) }} as last_3_months_from,
    {{ add_days(add_months('as_of_on', -6), 1) }} as last_6_months_from,
    {{ add_days(add_months('as_of_on', -12), 1) }} as last_12_months_from
from as_of
