select
    web.person_id,
    '' as segment_value,
    cast(web.cart_adds as decimal(18, 4)) as evidence,
    web.last_cart_add_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_web') }} as web
left join {{ ref('int_person_orders') }} as orders on web.person_id = orders.person_id
where
    web.cart_adds >= {{ setting('psychological_owner_min_adds') }}
    and orders.person_id is null
