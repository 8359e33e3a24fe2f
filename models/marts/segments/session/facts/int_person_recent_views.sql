-- The products whose page each person viewed in the last `recent_view_days` days, the one viewed
-- last first, beside the newest order of each.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

products as (
    select
        events.person_id,
        events.product_id,
        events.event_id,
        events.occurred_at,
        events.occurred_on,
        row_number() over (
            partition by events.person_id, events.product_id
            order by events.occurred_at desc, {{ byte_order('events.event_id') }} desc
        ) as newest_first
    from {{ ref('int_person_events') }} as events
    cross join as_of
    where
        events.is_product_view
        and events.person_id is not null
        and events.product_id is not null
        and events.occurred_on > {{ add_days('as_of.as_of_on', -1 * setting('recent_view_days')) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by person_id order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as view_rank
    from products
    where newest_first = 1
)

select
    ranked.person_id,
    ranked.product_id,
    cast(ranked.view_rank as integer) as view_rank,
    ranked.occurred_at as viewed_at,
    ranked.occurred_on as viewed_on,
    bought.last_ordered_at
from ranked
left join {{ ref('int_person_products') }} as bought
    on
        ranked.person_id = bought.person_id
        and ranked.product_id = bought.product_id
