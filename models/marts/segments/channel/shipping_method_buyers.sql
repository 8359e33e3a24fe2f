select
    person_id,
    channel as segment_value,
    cast(orders as decimal(18, 4)) as evidence,
    last_ordered_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_order_channels') }}
where channel_kind = 'shipping_method'
