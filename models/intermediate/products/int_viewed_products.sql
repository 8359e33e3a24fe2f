select distinct
    contacts.person_number,
    products.product_number
from {{ ref('int_person_events') }} as events
inner join {{ ref('int_numbered_contacts') }} as contacts on events.person_id = contacts.person_id
inner join {{ ref('int_numbered_products') }} as products on events.product_id = products.product_id
cross join {{ ref('as_of') }} as as_of
where
    events.is_product_view
    and events.occurred_on > {{ add_days('as_of.as_of_on', -setting('recent_view_days')) }}
