select
    person_id,
    rfm_segment as segment_value,
    cast(
        100 * recency_score + 10 * frequency_score + monetary_score as decimal(18, 4)
    ) as evidence,
    last_order_at as evidence_at,
    rfm_segment_until as expires_on
from {{ ref('int_person_rfm') }}
