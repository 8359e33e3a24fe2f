-- Products that each person added to the favorites and has not removed since.
with

ranked as (
    select
        person_id,
        product_id,
        event_name,
        occurred_at,
        row_number() over (
            partition by person_id, product_id
            order by occurred_at desc, {{ byte_order('event_id') }} desc
        ) as newest_first
    from {{ ref('int_person_events') }}
    where
        event_name in ('add_to_favorites', 'remove_from_favorites')
        and person_id is not null
        and product_id is not null
)

select
    ranked.person_id,
    ranked.product_id,
    ranked.occurred_at as added_at,
    products.stock_quantity
from ranked
inner join {{ ref('stg_shop__products') }} as products on ranked.product_id = products.product_id
where
    ranked.newest_first = 1
    and ranked.event_name = 'add_to_favorites'
