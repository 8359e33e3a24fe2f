select
    person_id,
    '' as segment_value,
    {{ evidence_of('net_revenue_amount') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_orders') }}
where net_revenue_amount <= {{ setting('vip_min_lifetime_value') }}
