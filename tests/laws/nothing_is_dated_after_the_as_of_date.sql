-- No core mart contains anything after the as-of date.
with

newest as (
    select
        'orders' as mart,
        {{ local_day('greatest(max(ordered_at), max(delivered_at))') }} as newest_on
    from {{ ref('orders') }}
    union all
    select
        'order_lines' as mart,
        max(ordered_on) as newest_on
    from {{ ref('order_lines') }}
    union all
    select
        'sessions' as mart,
        greatest({{ local_day('max(ended_at)') }}, max(started_on)) as newest_on
    from {{ ref('sessions') }}
    union all
    select
        'people' as mart,
        greatest(
            {{ local_day('greatest(max(created_at), max(last_order_at))') }},
            max(created_on),
            max(stage_from),
            max(last_order_on)
        ) as newest_on
    from {{ ref('people') }}
    union all
    select
        'lifecycle_history' as mart,
        max(valid_from) as newest_on
    from {{ ref('lifecycle_history') }}
)

select
    newest.mart,
    newest.newest_on,
    as_of.as_of_on
from newest
cross join {{ ref('as_of') }} as as_of
where newest.newest_on > as_of.as_of_on
