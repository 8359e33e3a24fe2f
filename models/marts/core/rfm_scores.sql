select
    person_id,
    recency_days,
    frequency,
    monetary_amount,
    recency_score,
    frequency_score,
    monetary_score,
    rfm_segment
from {{ ref('int_person_rfm') }}
