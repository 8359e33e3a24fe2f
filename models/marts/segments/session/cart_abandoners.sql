select
    person_id,
    '' as segment_value,
    cast(products as decimal(18, 4)) as evidence,
    last_added_at as evidence_at,
    {{ leaves_days('last_added_on', setting('cart_days')) }} as expires_on
from {{ ref('int_person_carts') }}
where products >= 1
