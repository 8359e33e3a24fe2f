select
    person_id,
    '' as segment_value,
    cast(checkouts as decimal(18, 4)) as evidence,
    last_checkout_at as evidence_at,
    {{ leaves_days('last_checkout_on', setting('cart_days')) }} as expires_on
from {{ ref('int_person_carts') }}
where checkouts >= 1
