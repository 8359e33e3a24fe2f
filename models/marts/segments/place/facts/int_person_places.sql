-- Where a person's orders went: the city and the country that each was shipped to, else where the
-- person lives. City and country fall back separately.
with

orders as (
    select
        orders.person_id,
        orders.ordered_at,
        coalesce(orders.shipping_city, people.city) as city,
        coalesce(orders.shipping_country_code, people.country_code) as country_code
    from {{ ref('int_orders') }} as orders
    inner join {{ ref('int_people') }} as people on orders.person_id = people.person_id
    where orders.is_valid
),

places as (
    select
        person_id,
        ordered_at,
        'city' as place_kind,
        city as place
    from orders
    where city is not null
    union all
    select
        person_id,
        ordered_at,
        'country' as place_kind,
        country_code as place
    from orders
    where country_code is not null
)

select
    person_id,
    place_kind,
    place,
    cast(count(*) as integer) as orders,
    max(ordered_at) as last_ordered_at
from places
group by
    person_id,
    place_kind,
    place
