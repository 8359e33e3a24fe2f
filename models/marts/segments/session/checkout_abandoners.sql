-- Checkouts begun in the last `cart_days` days.
select
    person_id,
    '' as segment_value,
    cast(count(*) as decimal(18, 4)) as evidence,
    max(occurred_at) as evidence_at,
    {{ leaves_days('max(occurred_on)', setting('cart_days')) }} as expires_on
from {{ ref('int_person_recent_cart_steps') }}
where
    event_name = 'begin_checkout'
    and (occurred_at > last_purchased_at or last_purchased_at is null)
group by person_id
