-- The first product whose leaving makes the rest worth too little ends it.
select
    person_id,
    '' as segment_value,
    value_amount as evidence,
    last_added_at as evidence_at,
    {{ leaves_days('valuable_since_on', setting('cart_days')) }} as expires_on
from {{ ref('int_person_carts') }}
where valuable_since_on is not null
