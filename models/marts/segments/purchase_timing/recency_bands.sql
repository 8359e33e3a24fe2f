{%- set steps = setting('recency_band_days') -%}
select
    person_id,
    {{ band_of('days_since_last_order', steps) }} as segment_value,
    cast(days_since_last_order as decimal(18, 4)) as evidence,
    last_order_at as evidence_at,
    {{ add_days('last_order_on', next_band('days_since_last_order', steps)) }} as expires_on
from {{ ref('int_person_orders') }}
